"""The committed page is made of these tests."""

from __future__ import annotations

from tests import places
from tests.complaints.page import PAGE, PLACE, complaints, link, page, summary


def test_the_page_is_up_to_date() -> None:
    """`python -m tests.complaints.page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
    assert len(list(complaints())) > 25


def test_the_readme_tells_of_every_thread() -> None:
    """`python -m tests.complaints.page --write-readme` writes it."""
    assert all(link(test) in summary() for test in complaints())
    assert places.written(PLACE) == summary()
