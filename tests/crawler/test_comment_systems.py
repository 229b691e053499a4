"""Threads of some seventy systems of comments, and pages that have none: what was put in is what is read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.comments import read_thread
from crawler.comments.authors import clean_author
from crawler.comments.base import ThreadPart
from crawler.comments.buttons import is_badge, is_button
from crawler.page.parsed import parse_html
from tests.crawler.bare import BARE
from tests.crawler.markup import SYSTEMS
from tests.crawler.markup_more import MORE_SYSTEMS
from tests.crawler.markup_odd import ODD_SYSTEMS
from tests.crawler.systems import ARTICLE, CAST, QUOTES, SMALL, Expected, Said, System, around, expected, page

ALL = (*SYSTEMS, *MORE_SYSTEMS, *ODD_SYSTEMS)
every_system = pytest.mark.parametrize("system", ALL, ids=lambda system: system.name)


def read(html: str) -> ThreadPart:
    found = read_thread(parse_html(html.encode(), ARTICLE))
    assert found is not None
    return found[1]


def told(part: ThreadPart) -> list[Expected]:
    texts = {comment.id: comment.text for comment in part.comments}
    return [
        Expected(
            comment.author or "",
            comment.text,
            comment.published.replace(tzinfo=UTC) if comment.published else None,
            texts[comment.parent] if comment.parent else None,
        )
        for comment in part.comments
    ]


@every_system
@pytest.mark.parametrize("cast", [CAST, CAST[:2]], ids=["twelve", "five"])
def test_what_was_said_is_read(system: System, cast: tuple[Said, ...]) -> None:
    assert told(read(page(system, cast))) == expected(system, cast)


@pytest.mark.parametrize("system", [*SYSTEMS, *MORE_SYSTEMS], ids=lambda system: system.name)
def test_a_lone_conversation_is_read(system: System) -> None:
    assert told(read(page(system, CAST[:1]))) == expected(system, CAST[:1])


@every_system
def test_ids_outlive_clicks_and_days(system: System) -> None:
    first, second = read(page(system, CAST)), read(page(system, CAST, visit=2))
    assert [c.id for c in first.comments] == [c.id for c in second.comments]


@pytest.mark.parametrize("system", [*SYSTEMS, *MORE_SYSTEMS], ids=lambda system: system.name)
def test_the_count_is_what_the_page_states(system: System) -> None:
    assert read(page(system, CAST)).declared_count == (len(expected(system, CAST)) if system.count else None)


@pytest.mark.parametrize("badge", [("Staff", "badge"), ("Author", "author-badge"), ("Moderator", "user-role")])
@pytest.mark.parametrize("system", [*SYSTEMS, *MORE_SYSTEMS], ids=lambda system: system.name)
def test_what_somebody_is_here_is_no_name(system: System, badge: tuple[str, str]) -> None:
    mark = rf'\1<span class="{badge[1]}">{badge[0]}</span>'
    item = re.sub(r"(\{author\}\s*(?:</(?:span|a|b|strong|cite|button)>\s*)+)", mark, system.item, count=1)
    assert told(read(page(replace(system, item=item), SMALL))) == expected(system, SMALL)


_PLAIN = frozenset(["blogger-2012", "movable-type-2"])
"""A paragraph holds no quote; and a page that tells no times of comments but in words may be misled by others."""


@pytest.mark.parametrize(
    "system", [s for s in (*SYSTEMS, *MORE_SYSTEMS) if s.name not in _PLAIN], ids=lambda system: system.name
)
def test_quotes_bold_words_links_and_edits(system: System) -> None:
    assert told(read(page(system, QUOTES))) == expected(system, QUOTES)


@pytest.mark.parametrize("name", ["wordpress-2010", "blogger-2009", "drupal-7", "coral", "komento", "k2", "kinja"])
def test_a_name_may_be_all_figures(name: str) -> None:
    system = next(system for system in ALL if system.name == name)
    cast = (Said("4711", ("The second one was better.",)), Said("Bo", ("It was not, by far.",)))
    assert told(read(page(system, cast))) == expected(system, cast)


@pytest.mark.parametrize("place", ["between", "at the end"])
@pytest.mark.parametrize("piece", BARE.values(), ids=BARE)
def test_what_looks_like_a_thread_and_is_none(piece: str, place: str) -> None:
    found = read_thread(
        parse_html((around(piece) if place == "between" else around("", after=piece)).encode(), ARTICLE)
    )
    assert found is None or (found[1].comments, found[1].declared_count) == ((), None)


@pytest.mark.parametrize(
    "text", ["Reply", "Reply (3)", "12 likes", "Gefällt mir (4)", "Répondre", "返信する", "#12", "»"]
)
def test_buttons(text: str) -> None:
    assert is_button(text) == (text != "»")


@pytest.mark.parametrize("text", ["Replyson Like", "Di", "I reply to this.", "Mo 47", "47 boats"])
def test_no_buttons(text: str) -> None:
    assert not is_button(text)
    assert not is_badge(text)


_VAGUE = frozenset(["intensedebate", "hashed-spanish"])
"""They tell no times of their own, or give nothing a name; other times and links may mislead there."""
_EDITED = '<div class="message-edit">Last edited: <time datetime="2020-01-01T10:00:00Z">Jan 1, 2020</time></div>'
_AROUND = {
    "edited": _EDITED,
    "signature": '<aside class="signature">My boats: all of them, since ever.</aside>',
    "marks": '<div class="moderated"><a href="#r">Inappropriate?</a> <a>Mark as helpful</a></div>',
}


@pytest.mark.parametrize("note", _AROUND.values(), ids=_AROUND)
@pytest.mark.parametrize(
    "system", [s for s in (*SYSTEMS, *MORE_SYSTEMS) if s.name not in _VAGUE], ids=lambda system: system.name
)
def test_what_stands_behind_a_text(system: System, note: str) -> None:
    item = re.sub(r"(\{(?:p|br)\}\s*</(?:div|span|section|blockquote|p)>)", rf"\1{note}", system.item, count=1)
    assert told(read(page(replace(system, item=item), SMALL))) == expected(system, SMALL)


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_none(text: str) -> None:
    name = clean_author(text)
    assert name is None or (0 < len(name) <= 60 and not is_button(name))
