"""The page: all that was found, nothing that is loaded from elsewhere, and drawings in place."""

from __future__ import annotations

import base64
import hashlib
import re

from gradcheck.records import CONTRACTS, Run
from gradcheck.report.page import render
from tests.gradcheck.report.samples import GREEN, RUN


def test_each_target_has_a_row_and_a_section() -> None:
    """The row leads to the section; what is wrong comes first."""
    html = render(RUN)
    links = re.findall(r'<a href="#(t\d+)">(.+?)</a>', html)
    assert links == [
        ("t1", "layers.py:Dense"),
        ("t2", "layers.py:Waves"),
        ("t3", "layers.py:Puzzle"),
        ("t4", "scratchnn.Tanh"),
    ]
    assert re.findall(r'<section id="(t\d+)"', html) == ["t1", "t2", "t3", "t4"]


def test_a_refutation_tells_what_who_and_where() -> None:
    """Cause, message, witnesses, the line with its neighbours, and how to see it again."""
    html = render(RUN)
    for words in (
        '<span class="chip refuted">factor</span>',
        "the claimed gradient is 0.25 times the true one",
        "the backward claims -0.3218374782, finite differences measure -1.287349913 ± 3.0e-13",
        "not asked: torch.nn has no Dense",
        '<span class="look"><i>15</i>    def backward(self, grad_output):</span>',
        "python -m gradcheck layers.py:Dense --seed 0",
        "gradcheck.check(&#39;layers.py:Dense&#39;, seed=0)",
        "import gradcheck\n\ngradcheck.check(&#39;layers.py:Dense&#39;).raise_if_refuted()</pre>",
        "the forward computes in float32 inside: no check sees further",
        "torch.nn has no Dense",
    ):
        assert words in html, words
    for name in CONTRACTS:
        assert f"<li><b>{name}</b>" in html


def test_what_is_wrong_is_drawn_and_what_is_right_is_folded() -> None:
    """Nobody scrolls through the curves of sixty layers to find the one that is red."""
    html = render(RUN)
    sections = re.split(r"<section ", html)[1:]
    assert sections[0].count("<svg") == 6  # a map with its scale, two curves, two rows of dots
    assert '<details class="folded" open>' in sections[0]
    assert "<details" in sections[3]
    assert '<details class="folded" open>' not in sections[3]
    assert "1 of 3 entries" not in sections[0]
    assert "2 of 3 entries of bias (3) are wrong" in sections[0]
    assert "the claim is off by 7.5e-01" in sections[0]
    assert "error bar 4e-13" in sections[0]


def test_every_drawing_can_be_heard() -> None:
    """Title and description, tied to the drawing by names that exist once."""
    html = render(RUN)
    for label in re.findall(r'<svg [^>]*role="img" aria-labelledby="([^"]+)"', html):
        for name in label.split():
            assert html.count(f'id="{name}"') == 1


def test_the_page_may_load_nothing() -> None:
    """Its own policy forbids it, and names its one style and its one script by their digests."""
    html = render(GREEN)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy.replace("&#39;", "'").startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert digest in policy.replace("&#43;", "+")
    assert not re.search(r"https?://(?!www\.w3\.org)", html)


def test_an_empty_run_is_a_page_too() -> None:
    """It says that nothing was checked."""
    assert "<h1>Gradients: nothing checked</h1>" in render(Run(()))
