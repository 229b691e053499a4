"""Items as JSON: what goes in comes out, and what is none is refused with its reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article, Comment, Failure, Host, Item, Page, Report, Section, Thread, from_json, to_json

NOW = datetime(2027, 3, 5, 8, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]))
MAYBE_TIME = st.none() | TIMES
COMMENTS = st.builds(Comment, TEXT, st.none() | TEXT, TEXT, MAYBE_TIME, st.none() | TEXT, st.integers(0, 9))
ITEMS: st.SearchStrategy[Item] = st.one_of(
    st.builds(
        Page, TEXT, TEXT, st.just("feed"), st.integers(100, 599), TIMES, st.none() | TEXT, fresh_until=MAYBE_TIME
    ),
    st.builds(
        Article,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        st.lists(TEXT).map(tuple),
        MAYBE_TIME,
        sections=st.lists(st.builds(Section, TEXT, TEXT)).map(tuple),
    ),
    st.builds(Thread, TEXT, TEXT, st.lists(COMMENTS).map(tuple), st.none() | st.integers(0, 99)),
    st.builds(Failure, TEXT, TEXT, TEXT, TEXT, st.none() | st.integers(100, 599)),
    st.builds(Host, TEXT, TEXT, TIMES, st.none() | TEXT, rest_until=MAYBE_TIME),
    st.builds(Report, TEXT, TEXT, listed=st.dictionaries(TEXT, st.integers(0, 99)), samples=st.lists(TEXT).map(tuple)),
)


@given(ITEMS)
def test_what_goes_in_comes_out(item: Item) -> None:
    assert from_json(json.loads(json.dumps(to_json(item)))) == item


def test_json_is_plain() -> None:
    thread = Thread("https://a.example/a", "a", (Comment("1", "Ada", "So good.", NOW),))
    data = to_json(thread)
    assert data["type"] == "thread"
    assert data["comments"][0]["published"] == "2027-03-05T08:00:00+00:00"
    assert type(data["comments"]) is list


PAGE = {"type": "page", "url": "u", "source": "a", "kind": "feed", "status": 200, "fetched_at": "2027-03-05T08:00:00Z"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "tree"}, "no item type"),
        ({"colour": "red"}, "no field colour"),
        ({"fetched_at": 7}, "not a time"),
        ({"fetched_at": "soon"}, "soon"),
        ({"type": "thread", "kind": None}, "no field"),
    ],
)
def test_what_is_no_item_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_json({**PAGE, **change})


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(ValueError, match="Page: .*fetched_at"):
        from_json({key: value for key, value in PAGE.items() if key != "fetched_at"})


@pytest.mark.parametrize(("comments", "reason"), [("none", "not a list"), (["none"], "not an object")])
def test_parts_of_another_shape_are_refused(comments: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_json({"type": "thread", "url": "u", "source": "a", "comments": comments})


def test_text_that_cannot_be_stored_is_mended() -> None:
    article = from_json({"type": "article", "url": "u", "source": "a", "title": "a\x00b", "text": "half \ud83d"})
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("ab", "half \ufffd")


def test_times_without_a_zone_are_utc() -> None:
    page = from_json({**PAGE, "fetched_at": "2027-03-05T08:00:00"})
    assert isinstance(page, Page)
    assert page.fetched_at == NOW
