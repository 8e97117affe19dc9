"""The committed page is made of these tests."""

from __future__ import annotations

from tests.complaints.page import PAGE, complaints, page


def test_the_page_is_up_to_date() -> None:
    """`python -m tests.complaints.page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
    assert len(list(complaints())) > 25
