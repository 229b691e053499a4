"""The contract of comment engines: each reads its saved page (and its service's answers) to the thread that is expected.

An engine `NAME` has `tests/pages/NAME.html` and `NAME.expected.json`; `answers` there names the file for each URL that
the engine asks for. An engine without them fails here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.comments import ENGINES, engine, join, read_thread
from crawler.comments.base import CommentEngine, ThreadPart
from crawler.page.parsed import ParsedPage, parse_html

PAGES = Path(__file__).parents[1] / "pages"
SERVICES = ("isso", "ghost", "discourse", "disqus")
every_engine = pytest.mark.parametrize("member", ENGINES, ids=lambda member: member.name)


def expected(name: str) -> dict[str, Any]:
    return dict(json.loads((PAGES / f"{name}.expected.json").read_text("utf-8")))


def saved(name: str) -> ParsedPage:
    return parse_html((PAGES / f"{name}.html").read_bytes(), expected(name)["url"])


def whole(member: CommentEngine) -> tuple[ThreadPart, list[str]]:
    """The thread as a crawl would gather it, and the URLs that were asked for."""
    want = expected(member.name)
    first = member.read(saved(member.name))
    assert first is not None
    parts, asked, waiting = [first], [], list(first.more)
    while waiting:
        url = waiting.pop(0)
        asked.append(url)
        body = (PAGES / want["answers"][url]).read_bytes()
        parts.append(member.read_more(body, url, want["url"]))
        waiting += [more for more in parts[-1].more if more not in asked]
    return join(parts), asked


@every_engine
def test_reads_its_page(member: CommentEngine) -> None:
    want = expected(member.name)
    thread, asked = whole(member)
    got = [
        {
            "id": c.id,
            "author": c.author,
            "published": c.published.isoformat() if c.published else None,
            "text": c.text,
            "parent": c.parent,
            "depth": c.depth,
        }
        for c in thread.comments
    ]
    assert got == want["comments"]
    assert (thread.declared_count, asked) == (want["declared"], list(want["answers"]))


@every_engine
def test_is_found_by_itself(member: CommentEngine) -> None:
    found = read_thread(saved(member.name))
    assert found is not None
    assert found[0] == member.name


@every_engine
def test_says_the_same_twice(member: CommentEngine) -> None:
    assert whole(member) == whole(member)


@every_engine
def test_knows_other_pages_from_its_own(member: CommentEngine) -> None:
    page = parse_html(
        b"<html><body><h1>A title</h1><p>No thread, no word of one.</p></body></html>", "http://x.example/"
    )
    assert member.read(page) is None


@every_engine
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"comments": 3}', b"\xff\x00", b"[" * 100_000])
def test_refuses_what_is_no_answer(member: CommentEngine, body: bytes) -> None:
    for url in expected(member.name)["answers"] or ["http://x.example/?cpage=2"]:
        with pytest.raises(ValueError, match=r"."):
            member.read_more(body, url, "http://x.example/")


@every_engine
def test_names_the_elements_of_its_comments(member: CommentEngine) -> None:
    page = saved(member.name)
    part = member.read(page)
    assert part is not None
    inside = set(page.tree.iter())
    assert all(element in inside for element in part.elements)


def test_every_service_is_an_engine() -> None:
    assert {engine(name).name for name in SERVICES} == set(SERVICES)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = [
    "id",
    "parent",
    "parent_id",
    "status",
    "html",
    "cooked",
    "message",
    "text",
    "created",
    "created_at",
    "createdAt",
    "member",
    "author",
    "count",
    "replies",
    "meta",
    "post_number",
    "reply_to_post_number",
    "actions_summary",
    "likes",
    "isDeleted",
    "mode",
]


@given(
    st.sampled_from(SERVICES), st.lists(st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=8), max_size=4), _JSON
)
def test_any_answer_is_a_thread_or_a_value_error(name: str, nodes: list[Any], other: Any) -> None:
    answer = {
        "comments": nodes,
        "replies": nodes,
        "meta": other,
        "posts_count": other,
        "cursor": other,
        "post_stream": {"posts": nodes, "stream": other},
        "response": {"posts": nodes},
    }
    body = json.dumps(answer)
    if name == "disqus":
        body = f'<html><body><script id="disqus-threadData" type="text/json">{body.replace("</", "<")}</script></body></html>'
    try:
        part = engine(name).read_more(body.encode(), next(iter(expected(name)["answers"])), "http://x.example/")
    except ValueError:
        return
    assert all(comment.text for comment in part.comments)


def script(text: str) -> ParsedPage:
    body = f"<html><body><h1>A</h1><p>Text.</p><div id=disqus_thread></div><script>{text}</script></body></html>"
    return parse_html(body.encode(), "https://lamp.example/a?b=1#c")


def asked_of(name: str, text: str) -> tuple[str, ...]:
    part = engine(name).read(script(text))
    return part.more if part is not None else ()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("var disqus_shortname = 'lamps'; // disqus", "f=lamps&t_u=https%3A%2F%2Flamp.example%2Fa%3Fb%3D1"),
        ("var disqus_shortname = 'la' + 'mps'; // disqus", None),
        ("var s = '//lamps.disqus.com/count.js'", "f=lamps&t_u=https%3A%2F%2Flamp.example%2Fa%3Fb%3D1"),
        (
            'var embedVars = {"disqusIdentifier":"12 http:\\/\\/l.example\\/?p=12","disqusShortname":"lamps",'
            '"disqusUrl":"https:\\/\\/l.example\\/a\\/"};',
            "f=lamps&t_i=12+http%3A%2F%2Fl.example%2F%3Fp%3D12&t_u=https%3A%2F%2Fl.example%2Fa%2F",
        ),
        ("var other = 'disqus'", None),
    ],
)
def test_disqus_asks_for_the_forum_that_the_page_names(text: str, query: str | None) -> None:
    want = (f"https://disqus.com/embed/comments/?base=default&{query}",) if query else ()
    assert asked_of("disqus", text) == want


def test_a_thread_in_the_page_goes_before_the_service_it_names() -> None:
    items = "".join(
        f'<li class="comment"><b class="author">Ann {n}</b> <i class="date">3 May 2024</i><p>Text number {n}.</p></li>'
        for n in range(3)
    )
    page = f"<html><body><h1>A</h1><ul id=comments>{items}</ul><div id=disqus_thread></div>"
    page += "<script src='//lamps.disqus.com/embed.js'></script></body></html>"
    found = read_thread(parse_html(page.encode(), "https://lamp.example/a"))
    assert found is not None
    assert (found[0], len(found[1].comments), found[1].more) == ("general", 3, ())


def test_discourse_without_a_topic_is_asked_by_the_pages_address() -> None:
    text = "window.DiscourseEmbed = {discourseUrl: 'https://quay.example/', discourseEmbedUrl: window.location.href}"
    want = ("https://quay.example/embed/comments?embed_url=https%3A%2F%2Flamp.example%2Fa%3Fb%3D1",)
    assert asked_of("discourse", text) == want


def test_discourse_embedded_page() -> None:
    body = (
        "<html><body><header class='discourse'><span class='replies'>2 replies</span></header>"
        "<article class='post' id='post-31'><a href='https://q.example/t/a/7/2' title='May  2, 2024  9:40am' "
        "class='post-date'>2 May</a><div class='author'><a href='/u/mo'><img></a></div><div class='cooked'>"
        "<h3 class='username'><a href='/u/mo'>mo</a><span class='title'>Keeper</span></h3><p>About time.</p>"
        "<a class='post-replies button'>1 reply</a></div></article>"
        "<article class='post' id='post-32'><a href='https://q.example/t/a/7/3' title='May  2, 2024 10:00am' "
        "class='post-date'>2 May</a><a class='in-reply-to' data-link-to-post='31'>in reply to mo</a>"
        "<div class='cooked'><h3 class='username'><a href='/u/bea'>bea</a></h3><p>It was.</p></div></article>"
        "</body></html>"
    )
    part = engine("discourse").read_more(
        body.encode(), "https://q.example/embed/comments?embed_url=x", "https://a.example/"
    )
    assert [(c.author, c.text, c.parent, c.depth) for c in part.comments] == [
        ("mo", "About time.", None, 0),
        ("bea", "It was.", "post-31", 1),
    ]
    assert (part.comments[0].permalink, part.declared_count) == ("https://q.example/t/a/7/2", 2)
