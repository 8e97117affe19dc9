"""The run as one HTML file that needs nothing else: no network, no script from elsewhere.

What the file may load is said in its own content security policy: nothing.  Its one script and its
one style sheet are named there by their digests, so that a name out of somebody's code could not
run even if it came to stand in the page as markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from gradcheck.exhibits import Exhibit
from gradcheck.records import Record, Run, Verdict
from gradcheck.report import digest, plots
from gradcheck.report.epochs import Epochs, epochs
from gradcheck.report.plain import shown
from gradcheck.report.regions import SIDE, Region, region

_GRAVITY = {Verdict.REFUTED: 0, Verdict.UNDECIDED: 1, Verdict.VERIFIED: 2}


@dataclass(frozen=True)
class Drawing:
    """What is drawn of one leaf in one case."""

    leaf: str
    case: str
    curve: plots.Curve | None
    map: plots.Map | None
    map_shape: tuple[int, ...]
    map_truth: str
    dots: plots.Dots | None
    epochs: Epochs | None
    region: Region | None


@dataclass(frozen=True)
class Section:
    """All that is told of one target."""

    anchor: str
    record: Record
    complaints: list[digest.Complaint]
    leaves: list[digest.LeafRow]
    contracts: list[digest.ContractRow]
    cases: list[str]
    not_verified: list[tuple[str, str]]
    remarks: list[str]
    drawings: list[Drawing]
    command: str
    python_call: str


def render(run: Run) -> str:
    """The whole page.

    >>> "nothing checked" in render(Run(()))
    True
    """
    templates = _templates()
    style, script = (_text(templates, name) for name in ("page.css", "page.js"))
    readable = shown(run)
    records = sorted(
        zip(readable.records, run.records, strict=True), key=lambda pair: _GRAVITY[pair[0].verdict]
    )
    sections = [_section(f"t{n}", *pair) for n, pair in enumerate(records, start=1)]
    page: str = templates.get_template("page.html").render(
        run=readable,
        sections=sections,
        style=style,
        script=script,
        style_digest=_digest(style),
        script_digest=_digest(script),
        verdicts=tuple(Verdict),
        witnesses=digest.WITNESSES,
        plots=plots,
        side=SIDE,
    )
    return page


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("gradcheck.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["error"] = _error
    environment.filters["joined"] = lambda shape: " × ".join(map(str, shape)) or "scalar"
    return environment


def _error(value: float | None, digits: int = 0) -> str:
    """An error as one reads it: ``9e-13``; a dash for one that nobody knows."""
    return "–" if value is None else f"{value:.{digits}e}"


def _text(templates: Environment, name: str) -> str:
    if templates.loader is None:  # it is always given above
        raise TypeError("no loader")
    return templates.loader.get_source(templates, name)[0]


def _digest(text: str) -> str:
    """As a content security policy names a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _section(anchor: str, record: Record, as_it_is: Record) -> Section:
    return Section(
        anchor=anchor,
        record=record,
        complaints=digest.complaints(record),
        leaves=digest.leaf_rows(record),
        contracts=digest.contract_rows(record),
        cases=digest.cases(record),
        not_verified=digest.not_verified(record),
        remarks=digest.remarks(record),
        drawings=[*_drawings(record)],
        command=digest.command(record),
        python_call=digest.python_call(as_it_is),
    )


def _drawings(record: Record) -> Iterator[Drawing]:
    wrong = {row.leaf for row in digest.leaf_rows(record) if row.verdict == Verdict.REFUTED}
    for exhibit in sorted(record.exhibits, key=lambda one: one.leaf not in wrong):
        yield _drawing(exhibit, record)


def _drawing(exhibit: Exhibit, record: Record) -> Drawing:
    said = [
        comparison
        for finding in record.findings
        if (finding.check, finding.leaf, finding.case) == ("gradient", exhibit.leaf, exhibit.case)
        for comparison in finding.comparisons
    ]
    heat = exhibit.heat
    return Drawing(
        leaf=exhibit.leaf,
        case=exhibit.case,
        curve=plots.curve(exhibit.sweep) if exhibit.sweep else None,
        map=plots.heat_map(heat) if heat else None,
        map_shape=heat.shape if heat else (),
        map_truth=heat.truth if heat else "",
        dots=plots.dots(said),
        epochs=epochs(exhibit.parity) if exhibit.parity else None,
        region=region(exhibit.boundary) if exhibit.boundary else None,
    )
