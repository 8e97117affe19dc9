"""Names and messages of a stranger's code, in every format: none breaks out of its place."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
from hypothesis import example, given, settings

from gradcheck.report import badge, document, folder, github, junit, page, schema, summary, text
from tests.gradcheck.report.samples import NAMES, VANDAL, named

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Tags(HTMLParser):
    """Notes the elements of a page, and every attribute that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}
        self.suspicious: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        self.seen[tag] = self.seen.get(tag, 0) + 1
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "src", "srcdoc"}:
                self.suspicious.append(name)
            if name == "href" and not re.fullmatch(r"#\w+|data:,|report\.json", value or ""):
                self.suspicious.append(f"{name}={value}")
            if name == "id":
                self.ids.append(value or "")


def tags(html: str) -> Tags:
    """Parse a page."""
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser


HARMLESS = tags(page.render(named("Dense")))


@settings(max_examples=25)
@given(NAMES.filter(bool))
@example(VANDAL)
@example("x" * 10_000)
def test_a_page_has_the_same_elements_whatever_the_names(name: str) -> None:
    """One script, one style, no attribute that loads or runs, no control character."""
    html = page.render(named(name))
    found = tags(html)
    assert found.seen == HARMLESS.seen
    assert found.suspicious == []
    assert found.ids == HARMLESS.ids
    assert len({*found.ids}) == len(found.ids)
    assert not CONTROLS.search(html)


@given(NAMES)
@example(VANDAL)
def test_junit_stays_xml_with_the_same_tests(name: str) -> None:
    """Two suites, three and more tests; a viewer of tests reads what was meant."""
    root = ET.fromstring(junit.render(named(name)))  # noqa: S314 our own
    assert [suite.tag for suite in root] == ["testsuite", "testsuite"]
    assert len([*root[0].iter("testcase")]) == 2
    assert len([*root.iter("failure")]) == 1
    assert not CONTROLS.search("".join(root.itertext()))


@given(NAMES)
@example(VANDAL)
def test_json_keeps_every_name_as_it_is(name: str) -> None:
    """Data is data: what was written is what is read, and it fits the schema."""
    written = document.render(named(name))
    written.encode("utf-8")
    read = json.loads(written)
    assert read["results"][0]["target"] == name
    jsonschema.validate(read, schema.schema())


@given(NAMES)
@example(VANDAL)
@example("::error::x")
def test_an_annotation_is_one_line_with_one_command(name: str) -> None:
    """No line end and no second command comes out of a name, and nothing is cut off."""
    first, last, *rest = github.render(named(name)).split("\n")
    assert rest == [""]
    assert re.fullmatch(r"::error file=[^:,\r]*,line=1,title=[^:,\r]*::[^\r]*", first)
    assert last == "1 verified, 1 refuted in 0.0 s"
    assert not CONTROLS.search(first)


@given(NAMES)
@example(VANDAL)
def test_text_cannot_speak_to_a_terminal(name: str) -> None:
    """No escape sequence, no bell, no turned direction of writing."""
    assert not CONTROLS.search(text.render(named(name)))


@given(NAMES)
@example(VANDAL)
def test_the_summary_keeps_its_rows(name: str) -> None:
    """Two targets are two rows, whatever they are called."""
    written = summary.render(named(name))
    assert len([line for line in written.split("\n") if line.startswith("| ")]) == 3
    assert not CONTROLS.search(written)
    assert "<script" not in re.sub(r"\\.", "", written)


def test_no_name_is_on_the_badge() -> None:
    """It counts."""
    assert badge.svg(named(VANDAL)) == badge.svg(named("Dense"))


def test_a_whole_report_is_written_whatever_the_names(tmp_path: Path) -> None:
    """Every file is there, and every one can be read as the text that it is."""
    for number, name in enumerate([VANDAL, "\ud800\udfff", "x" * 10_000, ""]):
        written = folder.write(named(name), tmp_path / str(number))
        assert all(path.read_text(encoding="utf-8") for path in written)
