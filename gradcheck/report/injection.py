"""Fault injection for a reader at a terminal: what was refuted, what survived, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradcheck.faults import LEFT_OUT, NOTICED, Fate, Fault, Injection

_MOST = 12
_MEND = "mend it first, then ask what would be missed"


def render(injections: Sequence[Injection]) -> str:
    """The answer as plain text; a table first where there are several targets.

    >>> print(render([Injection("mylib.Dense", "refuted")]))
    mylib.Dense  refuted as it is: mend it first, then ask what would be missed
    """
    parts = ["\n".join(table(injections))] if len(injections) > 1 else []
    parts += ["\n".join(_told(one)) for one in injections]
    return "\n\n".join(parts)


def table(injections: Sequence[Injection]) -> Iterator[str]:
    """One line for each target, as Markdown."""
    yield "| target | faults | refuted | equivalent | below the resolution | elsewhere | survived |"
    yield "|---|---|---|---|---|---|---|"
    for one in injections:
        if one.verdict == LEFT_OUT:
            continue
        counts = (len(one.of(*NOTICED)), *(len(one.of(fate)) for fate in _OTHERS))
        cells = (str(len(one.faults)), *map(str, counts))
        yield f"| {one.target} | {' | '.join(cells)} |"
    if left_out := [one.target for one in injections if one.verdict == LEFT_OUT]:
        yield ""
        yield f"Left out, having no backward: {', '.join(left_out)}."


_OTHERS = (Fate.EQUIVALENT, Fate.UNSEEN, Fate.ELSEWHERE, Fate.SURVIVED)


def _told(one: Injection) -> Iterator[str]:
    if one.verdict == LEFT_OUT:
        yield f"{one.target}  {LEFT_OUT}: {one.why}"
        return
    if one.verdict != "verified":
        yield f"{one.target}  {one.verdict} as it is: {one.why or _MEND}"
        return
    noticed, equivalent = one.of(*NOTICED), one.of(Fate.EQUIVALENT)
    telling = len(one.faults) - len(equivalent) - len(one.of(Fate.ELSEWHERE))
    share = 100 * len(noticed) / telling if telling else 100.0
    yield (
        f"{one.target}  {len(noticed)} of {telling} faults noticed ({share:.4g} %), "
        f"{len(equivalent)} more change no gradient"
    )
    crashed = len(one.of(Fate.CRASHED))
    yield f"  in the claims {_count(one, 'claim')}, in the source {_count(one, 'source')}" + (
        f"; {crashed} of them crash" if crashed else ""
    )
    for title, fates in (
        ("survived", (Fate.SURVIVED,)),
        ("below the resolution", (Fate.UNSEEN,)),
        ("equivalent", (Fate.EQUIVALENT,)),
        ("elsewhere", (Fate.ELSEWHERE,)),
    ):
        yield from _listed(title, one.of(*fates))
    yield "  smallest error refuted, of"
    yield f"    {'leaf':<16} {'a whole gradient':>18} {'one element':>14}"
    for leaf in one.sharpness:
        yield f"    {leaf.leaf:<16} {_power(leaf.whole):>18} {_power(leaf.element):>14}"
    yield f"  {one.seconds:.1f} s"


def _count(one: Injection, kind: str) -> str:
    ours = [f for f in one.faults if f.kind == kind]
    telling = [f for f in ours if f.fate not in (Fate.EQUIVALENT, Fate.ELSEWHERE)]
    return f"{sum(f.fate in NOTICED for f in ours)} of {len(telling)}"


def _listed(title: str, faults: Sequence[Fault]) -> Iterator[str]:
    if not faults:
        return
    yield f"  {title}"
    for fault in faults[:_MOST]:
        place = fault.place or fault.leaf
        yield f"    {place}: {fault.what}  ({fault.why})"
    if len(faults) > _MOST:
        yield f"    ... and {len(faults) - _MOST} more, all of them in JSON"


def _power(error: float | None) -> str:
    return f"{error:.0e}" if error is not None else "none"
