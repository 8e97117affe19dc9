"""Runs to make reports of, by hand: every verdict, every drawing, and the names of a vandal."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.exhibits import Excerpt, Exhibit, Heat, Sweep
from gradcheck.records import CONTRACTS, Finding, Record, Run, Source, Verdict

V, R, U = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNDECIDED
CASE = "in_features=5, out_features=3; input (4, 5)"
SOURCE = Source("layers.py", 15, "Dense.backward")
VANDAL = (
    "<script>alert(1)</script>\"'`\r\n\x1b[31mred\x1b[0m\x00"
    "\u202egnp.exe|*_[x](y) & ]]> --> {{7*7}}"
)


def sweep_of(claim: float = 1.0) -> Sweep:
    """Return what plain differences of a tanh give, and a claim so many times the truth."""
    slope = 1 - math.tanh(0.7) ** 2
    steps = tuple(2.0**-power for power in range(1, 47))
    slopes = tuple((math.tanh(0.7 + h) - math.tanh(0.7 - h)) / (2 * h) for h in steps)
    return Sweep(steps, slopes, slope * claim, slope, slope * 4e-13, 3 * 2.0**-9, 19 * 2.0**-9)


def gradient(leaf: str, verdict: Verdict, message: str = "", cause: str | None = None) -> Finding:
    """Make the finding on one gradient, with what all witnesses say of it."""
    words: tuple[Comparison, ...]
    if verdict == R:
        claimed = Projection(-0.3218374782, -1.287349913, 3e-13)
        words = (
            Comparison("numeric", Opinion.DIFFERS, 0.75, 9e-11, projections=(claimed,)),
            Comparison("autograd", Opinion.DIFFERS, 0.75, 9.1e-13),
            Comparison("reference", Opinion.ABSENT, note="torch.nn has no Dense"),
        )
    elif verdict == U:
        words = (
            Comparison("numeric", Opinion.COARSE, note="the steps jump over the period"),
            Comparison("autograd", Opinion.ABSENT, note="the forward leaves torch"),
        )
    else:
        words = (
            Comparison("numeric", Opinion.AGREES, 1e-14, 9e-12),
            Comparison("autograd", Opinion.AGREES, 0.0, 9.1e-13),
            Comparison("reference", Opinion.AGREES, 2e-16, 9.1e-13),
        )
    return Finding(
        "gradient",
        leaf,
        verdict,
        error=0.75 if verdict == R else 1e-14,
        resolution=None if verdict == U else 9.1e-13,
        cause=cause,
        message=message,
        case=CASE,
        comparisons=words,
        source=SOURCE if verdict != V else None,
    )


KEPT = tuple(Finding(name, None, V) for name in CONTRACTS if name != "aliasing")
VERIFIED = Record(
    "scratchnn.Tanh",
    (gradient("input", V), *KEPT),
    {"aliasing": "it stores no gradient"},
    seconds=0.31,
    exhibits=(Exhibit("input", CASE, sweep_of()),),
)
REFUTED = Record(
    "layers.py:Dense",
    (
        gradient("input", V),
        gradient("bias", R, "the claimed gradient is 0.25 times the true one", "factor"),
        Finding("aliasing", None, R, cause="aliasing", message="bias shares memory", source=SOURCE),
        *KEPT,
    ),
    {"forward": "torch.nn has no Dense"},
    ("the forward computes in float32 inside: no check sees further",),
    seconds=0.6,
    exhibits=(
        Exhibit("input", CASE, sweep_of()),
        Exhibit("bias", CASE, sweep_of(0.25), Heat((3,), 1, 3, (0.75, 0.0, None), "autograd")),
    ),
    excerpts=(
        Excerpt("layers.py", 14, ("", "    def backward(self, grad_output):", "        ...")),
    ),
    example="import gradcheck\n\ngradcheck.check('layers.py:Dense').raise_if_refuted()",
)
UNDECIDED = Record("layers.py:Waves", (gradient("input", U, "no witness could decide"),))
UNBUILT = Record("layers.py:Puzzle", (Finding("exercise", None, U, message="Puzzle wants zork"),))
VERSIONS = {"gradcheck": "0.1.0", "torch": "2.6.0"}
RUN = Run((VERIFIED, REFUTED, UNDECIDED, UNBUILT), VERSIONS, 3.25)
GREEN = Run((VERIFIED,), VERSIONS, 0.5)


def named(name: str) -> Run:
    """Make a run in which every text is this one."""
    finding = Finding(
        "gradient",
        name,
        R,
        cause="factor",
        message=name,
        case=name,
        comparisons=(
            Comparison("numeric", Opinion.DIFFERS, 0.5, 1e-12, note=name),
            Comparison("autograd", Opinion.ABSENT, note=name),
        ),
        source=Source(name, 1, name),
    )
    contract = Finding("purity", None, V, message=name)
    exhibits = (Exhibit(name, name, sweep_of(0.5), Heat((1, 1), 1, 1, (0.5,), "numeric")),)
    record = Record(
        name,
        (finding, contract),
        {name: name},
        (name,),
        exhibits=exhibits,
        excerpts=(Excerpt(name, 1, (name,)),),
        example=name,
    )
    return Run((record, VERIFIED), VERSIONS)


# Whatever Python calls a string, lone surrogates and control characters included, and long ones.
NAMES = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text(st.sampled_from("<>&\"'`\r\n\t\x00\x1b\x7f\u202e\ud800%:,|;-]{} ")),
    st.sampled_from([VANDAL, "x" * 10_000, "\ud800", "::error::", "-->", "%0A", ""]),
)
