"""The pages that are judged elsewhere: every template has its case, and the judge knows bad from good."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation import pages
from evaluation.page_cases import CASES
from evaluation.pages import Found
from tests.worker.web.browser import Browser, find_browser

TEMPLATES = Path(__file__).resolve().parents[1] / "digest_templates"
GOOD = "<!DOCTYPE html><html lang=en><title>A</title><main><h1>A page</h1><p>With words.</p></main></html>"
BAD = GOOD.replace(
    "<p>", "<p style='color:#ccc;background:#fff'><input><span style='white-space:nowrap'>" + "wide" * 300
)
FOUND = (Found("a", "375", (), ("region: …",), (), False), Found("a", "375 dark", ("color-contrast: …",), (), (), True))


def test_every_page_is_judged() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    judged = {name.partition("-")[0] for name in names}
    assert {path.stem for path in (TEMPLATES / "pages").glob("*.html")} <= judged
    assert {"view", "why", "thanks", "digest"} <= judged


def test_what_is_found_is_counted_and_told() -> None:
    lines = pages.table(FOUND).splitlines()
    assert lines[1].split() == ["a", "2", "1", "1", "0", "1"]
    assert lines[2].split() == ["all", "2", "1", "1", "0", "1"]
    assert lines[3:] == [
        "FAIL a (375 dark): color-contrast: …",
        "FAIL a (375 dark): scrolls sideways",
        "also a: region: …",
    ]


def test_the_judge_knows_bad_from_good_and_finds_nothing_wrong_with_some_of_ours(tmp_path: Path) -> None:
    axe, program = pages.find_axe(), find_browser()
    if axe is None or program is None:
        pytest.skip("axe-core or Chromium is not here")
    with Browser(program) as browser:
        for html, rules in ((GOOD, set()), (BAD, {"color-contrast", "label"})):
            (tmp_path / "page.html").write_text(html)
            browser.open((tmp_path / "page.html").as_uri())
            found = pages.look_at(browser, axe.read_text("utf-8"), "page", 375, dark=False)
            assert {said.partition(":")[0] for said in found.violations} == rules
            assert found.sideways == bool(rules)
    cases = [case for case in CASES if case.name in ("subscribe", "status", "timeline")]
    looks = ((375, False), (375, True))
    found_ones = list(pages.judge(cases, axe, program, tmp_path / "world", looks=looks))
    assert [one for one in found_ones if one.violations or one.sideways] == []
    assert len(found_ones) == 6
