"""Comment engines: what each reads from a page, and the contract all of them keep."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.comments import ENGINES, engine, join, read_thread
from crawler.comments.base import CommentEngine, ThreadPart
from crawler.comments.counts import declared_count, stated_count
from crawler.comments.thread import unique
from crawler.items import Comment
from crawler.page.parsed import ParsedPage, parse_html
from crawler.page.times import read_time

PAGES = Path(__file__).parents[1] / "pages"
ARTICLE = "http://sofa.example/2024/05/02/harbour-lights-third-year/"
LONDON = timezone(timedelta(hours=1))


def page(name: str, url: str = ARTICLE) -> ParsedPage:
    return parse_html((PAGES / f"{name}.html").read_bytes(), url)


def thread(name: str, url: str = ARTICLE) -> tuple[str, ThreadPart]:
    found = read_thread(page(name, url))
    assert found is not None
    return found


def html(body: str) -> ParsedPage:
    return parse_html(f"<html><body><h1>A title here</h1>{body}</body></html>".encode(), "http://x.example/a.html")


def outline(part: ThreadPart) -> list[tuple[str | None, str, str | None, int]]:
    return [(c.author, c.text, c.parent, c.depth) for c in part.comments]


def test_wordpress_thread() -> None:
    name, part = thread("wordpress")
    assert name == "wordpress"
    assert [c.id for c in part.comments] == ["comment-11", "comment-12", "comment-13"]
    assert outline(part) == [
        ("Mo", "About time they fixed that ferry.\nMy aunt agrees.", None, 0),
        ("Bea", "Whose aunt?", "comment-11", 1),
        ("Mo", "Mine, Bea.", "comment-12", 2),
    ]
    assert part.comments[0].published == datetime(2024, 5, 2, 11, tzinfo=LONDON)
    assert part.comments[0].permalink == ARTICLE + "comment-page-2/#comment-11"
    assert part.declared_count == 6


def test_wordpress_names_the_other_comment_pages_only() -> None:
    assert thread("wordpress")[1].more == (ARTICLE + "comment-page-1/",)


def test_wordpress_fills_the_gaps_of_its_navigation() -> None:
    item = '<li class="comment depth-1" id="comment-{0}"><b class="fn">A</b><p>Comment number {0}</p></li>'
    links = "".join(f'<a href="/a.html/comment-page-{n}/#comments">{n}</a>' for n in (2, 5))
    part = engine("wordpress").read(html(f"<ol>{item.format(71)}</ol>{links}"))
    assert part is not None
    assert [url.rsplit("-", 1)[1] for url in part.more] == ["2/", "3/", "4/", "5/"]


def test_wordpress_reads_flat_lists_by_their_depths() -> None:
    item = '<li class="comment depth-{1}" id="comment-{0}"><b class="fn">A{0}</b><p>text {0}</p></li>'
    tree = "".join(item.format(*pair) for pair in ((1, 1), (2, 2), (3, 3), (4, 2), (5, 1)))
    part = engine("wordpress").read(html(f"<ol>{tree}</ol>"))
    assert part is not None
    assert [c.parent for c in part.comments] == [None, "comment-1", "comment-2", "comment-1", None]


def test_blogger_definition_list() -> None:
    name, part = thread("blogger")
    assert name == "blogger"
    assert outline(part) == [("Wren", "Same here!", None, 0), ("Anonymous", "Not me.", None, 0)]
    assert part.comments[0].published == datetime(2012, 3, 5, 20, 13, tzinfo=UTC)
    assert part.declared_count == 2


def test_schema_org_json_ld() -> None:
    name, part = thread("schema_org")
    assert name == "schema_org"
    assert outline(part) == [("Kit", "First & best.", None, 0), ("Lou", "Second best.", "comment-501", 1)]
    assert part.comments[0].likes == 4
    assert part.declared_count == 3


def test_general_thread_of_unknown_software() -> None:
    name, part = thread("general")
    assert name == "general"
    first = part.comments[0]
    assert outline(part) == [
        ("Tilda", "Das war die beste Serie über Fähren.", None, 0),
        ("Ole", "Die einzige, Tilda.", first.id, 1),
        ("Ruth", "Schade um den Kapitän.", None, 0),
    ]
    assert first.published == datetime(2024, 3, 5, 9, 15, tzinfo=UTC)
    assert part.declared_count == 3


def test_ids_made_from_content_stay_the_same() -> None:
    assert [c.id for c in thread("general")[1].comments] == [c.id for c in thread("general")[1].comments]


@pytest.mark.parametrize(
    "body",
    [
        '<div class="comments"><p>Be the first to comment.</p><form><textarea></textarea></form></div>',
        '<div class="recent-comments"><ul><li class="comment"><b>Ann</b> 2024-01-02 <p>on a fine show</p></li>'
        '<li class="comment"><b>Bob</b> 2024-01-03 <p>on another show</p></li></ul></div>',
        '<div id="disqus_thread"></div>',
        '<ul class="comments">'
        + '<li><b>Most read</b> <a href="/b">A headline about a ferry at night</a></li>' * 4
        + "</ul>",
        "<div>"
        + "<section><b>Ann</b> <time datetime='2024-01-02'>2 Jan</time><p>A teaser text.</p></section>" * 5
        + "</div>",
    ],
)
def test_general_invents_no_comments(body: str) -> None:
    found = read_thread(html(f"<p>An article of some length stands here.</p>{body}"))
    assert found is None or found[1].comments == ()


def said(name: str, when: str, text: str, more: str = "") -> str:
    return f"<div><div><span>{name}</span> <span>{when}</span></div><p>{text}</p>{more}</div>"


_NAMELESS = (
    ("Ann", "3 March 2024", "The ferry was late again on 1 March 2023, as ever."),
    ("Bo", "4 March 2024", "Not in my town."),
    ("Cy", "2 hours ago", "Mine neither, to be fair."),
)
_THREE = "".join(f'<li class="comment"><b class="author">{a}</b> <i>{d}</i><p>{t}</p></li>' for a, d, t in _NAMELESS)
_PLAIN = "".join(said(*words) for words in _NAMELESS)
_BUTTONS = "".join(said(*words, more='<a href="#">Reply</a>') for words in _NAMELESS)
_NIGHT = "".join(
    f"<article><h3>10:0{n}</h3><span>Ann Reporter</span> <time datetime='2024-01-01T10:0{n}'>1 Jan</time>"
    f"<p>Entry number {n} of the night, all is well.</p></article>"
    for n in range(5)
)
_TEASERS = "".join(
    f'<div><h4><a href="/b{n}">Ferry number {n}</a></h4><span>Ann Reporter</span> <span>3 March 2024</span>'
    f"<p>The teaser text number {n} of that piece.</p></div>"
    for n in range(4)
)
_LATEST = "".join(
    f'<li><span>Ann {n}</span> <span>3 March 2024</span> on <a href="/b{n}">A headline about a ferry</a></li>'
    for n in range(4)
)
_EVENTS = "".join(f"<tr><td>Club {n}</td><td>3 March 2024</td><td>Concert of night {n}</td></tr>" for n in range(4))
_WRITERS = "".join(f"<div><b>Ann {n}</b><p>writes on ferries since 2010 and lives there</p></div>" for n in range(4))
_REVIEWS = "".join(
    f'<div itemscope itemtype="http://schema.org/Review"><span>Ann {n}</span> <time datetime="2024-01-02">2 Jan</time>'
    f"<p>A very good lamp, number {n}</p></div>"
    for n in range(4)
)


@pytest.mark.parametrize(
    "body",
    [
        f"<section><h3>3 Comments</h3>{_PLAIN}</section>",
        f"<section><h3>댓글 3개</h3><div>{_PLAIN}</div></section>",
        f"<div><h3>Comentários</h3></div><div class='css-1a'>{_PLAIN}</div>",
        f"<section class='css-9x'>{_BUTTONS}</section>",
    ],
    ids=["heading", "korean", "heading-apart", "buttons"],
)
def test_general_finds_a_thread_that_nothing_names(body: str) -> None:
    found = read_thread(html(f"<p>An article of some length stands here.</p>{body}"))
    assert found is not None
    assert outline(found[1]) == [(name, text, None, 0) for name, _, text in _NAMELESS]
    assert [c.published and c.published.day for c in found[1].comments] == [3, 4, None]


@pytest.mark.parametrize(
    "body",
    [
        f"<section>{_PLAIN}</section>",
        f"<section><h2>Live updates</h2>{_NIGHT}</section>",
        f"<section><h2>Kommentare</h2>{_TEASERS}</section>",
        f"<section><h2>Comments</h2><ul>{_LATEST}</ul></section>",
        f"<section><h2>Comments</h2><p>Be the first.</p></section><section><h2>More</h2>{_TEASERS}</section>",
        f"<section><h2>Comments</h2><p>Be the first.</p></section><section><h2>More</h2>{_NIGHT}</section>",
        f"<section><h2>Comments</h2><p>Be the first.</p></section><section><h2>Events</h2><table>{_EVENTS}</table></section>",
        f"<section><h2>Discussion</h2>{_WRITERS}</section>",
        f"<section><h2>Reviews</h2>{_REVIEWS}</section>",
    ],
    ids=["no-sign", "live", "opinion", "latest", "more", "more-live", "events", "writers", "reviews"],
)
def test_general_takes_nothing_else_for_a_nameless_thread(body: str) -> None:
    found = read_thread(html(f"<p>An article of some length stands here.</p>{body}"))
    assert found is None or found[1].comments == ()


def post(name: str, text: str, attributes: str = "class=comment") -> str:
    return f"<div {attributes}><b>{name}</b> <i>3 March 2024</i><p>{text}</p></div>"


@pytest.mark.parametrize(
    "body",
    [
        post("A", "one") + post("B", "two", "class='comment reply' style='padding-left: 20px'") + post("C", "three"),
        post("A", "one", "class='post level-1'")
        + post("B", "two", "class='post level-2'")
        + post("C", "three", "class=post"),
        post("A", "one", "class=post data-depth=0")
        + post("B", "two", "class=post data-depth=1")
        + post("C", "three", "class=post"),
        post("A", "one", "class=c id=c-101")
        + post("B", "two", "class=c id=c-102 data-parent=101")
        + post("C", "three", "class=c"),
        f"<ul><li>{post('A', 'one')}</li><li><ul>{post('B', 'two')}</ul></li><li>{post('C', 'three')}</li></ul>",
        f"<div>{post('A', 'one')}</div><!-- answers --><div class=replies>{post('B', 'two')}</div><div>{post('C', 'three')}</div>",
        f"<div class=branch>{post('A', 'one')}{post('B', 'two')}</div><div class=branch>{post('C', 'three')}</div>",
    ],
    ids=["indent", "level", "depth", "parent", "lists", "beside", "branch"],
)
def test_nesting_in_its_many_ways(body: str) -> None:
    found = read_thread(html(f"<p>An article.</p><div id=comments>{body}</div>"))
    assert found is not None
    assert [(c.author, c.text, c.depth) for c in found[1].comments] == [
        ("A", "one", 0),
        ("B", "two", 1),
        ("C", "three", 0),
    ]


def test_ids_outlive_places_times_and_likes() -> None:
    def ids(*items: tuple[str, str, str]) -> dict[str, str]:
        rows = "".join(f"<li class=comment><b>{a}</b> <i>{d}</i><p>{t}</p></li>" for a, d, t in items)
        found = read_thread(html(f"<ul id=comments>{rows}</ul>"))
        assert found is not None
        return {c.text: c.id for c in found[1].comments}

    earlier = ids(("Ann", "3 hours ago", "The first."), ("Bo", "2 hours ago", "The second."))
    later = ids(
        ("Cy", "1 hour ago", "Third."), ("Bo", "3 March 2024", "The second."), ("Ann", "3 days ago", "The first.")
    )
    assert {text: later[text] for text in earlier} == earlier


def test_the_same_words_again_are_another_comment() -> None:
    days = ("3 March 2024", "4 March 2024", "4 March 2024")
    rows = "".join(f"<li class=comment><b>Ann</b> <i>{day}</i><p>Amen.</p></li>" for day in days)
    found = read_thread(
        html(f"<ul id=comments>{rows}<li class=comment><b>Bo</b> <i>{days[0]}</i><p>Amen?</p></li></ul>")
    )
    assert found is not None
    assert [c.text for c in found[1].comments] == ["Amen.", "Amen.", "Amen?"]


@pytest.mark.parametrize(
    "head",
    [
        "<span>Ann replied to <a href='#comment-7'>comment from Bo</a> 3 March 2024</span>",
        "<div class=author_name><div>SUPER USER</div><a href=/ann>Ann</a> <span>3 March 2024</span></div><a class=author_fans>12 Fans</a>",
        "<a class='author person'><h4>Ann</h4><h5>Guest</h5></a><i>3 March 2024</i>",
        "<b>Ann</b> says: <i>3 March 2024</i>",
    ],
)
def test_authors_without_their_titles(head: str) -> None:
    rows = "".join(f"<li class=comment><div class=meta>{head}</div><p>Text number {n}.</p></li>" for n in range(3))
    found = read_thread(html(f"<ul id=comments>{rows}</ul>"))
    assert found is not None
    assert [(c.author, c.text) for c in found[1].comments] == [("Ann", f"Text number {n}.") for n in range(3)]


@pytest.mark.parametrize(
    "body",
    [
        "<div class=comments>" + "<span>x</span>" * 20_000 + "</div>",
        "<div class=comments>" + ("<div class='comment author date'>" * 300 + "x" + "</div>" * 300) * 20 + "</div>",
        "<dl class=comments-block>" + "<dt>x</dt><dd>y</dd>" * 5_000 + "</dl>",
    ],
    ids=["flat", "deep", "terms"],
)
def test_large_pages_take_no_time(body: str) -> None:
    page = html(body)
    start = process_time()
    read_thread(page)
    assert process_time() - start < 2


def test_general_tells_a_count_whose_thread_is_elsewhere() -> None:
    found = read_thread(html('<p>Text.</p><div class="comments"><a href="#comments">12 Comments</a></div>'))
    assert found is not None
    assert (found[1].comments, found[1].declared_count) == ((), 12)


def test_isso_names_its_service() -> None:
    name, part = thread("isso", "http://sofa.example/lamps%20on.html?x=1")
    assert (name, part.comments, part.declared_count) == ("isso", (), None)
    assert part.more == ("http://talk.example/isso/?uri=%2Flamps%2520on.html",)


def isso_answer() -> dict[str, object]:
    reply: dict[str, object] = {
        "id": 8,
        "parent": 7,
        "created": 1714646400.5,
        "text": "Quite.",
        "author": None,
        "likes": 0,
        "dislikes": 2,
        "mode": 1,
    }
    top: dict[str, object] = {
        "id": 7,
        "parent": None,
        "created": 1714642800.0,
        "text": "<p>Good &amp; short.</p><p>Twice.</p>",
        "author": "Mo",
    }
    figures: dict[str, object] = {"likes": 3, "dislikes": 1, "mode": 1, "hidden_replies": 2, "total_replies": 3}
    return {"id": None, "total_replies": 4, "hidden_replies": 0, "replies": [{**top, **figures, "replies": [reply]}]}


def test_isso_answer() -> None:
    url = "http://talk.example/isso/?uri=%2Fa.html"
    part = engine("isso").read_more(json.dumps(isso_answer()).encode(), url, "http://sofa.example/a.html")
    assert outline(part) == [("Mo", "Good & short.\nTwice.", None, 0), (None, "Quite.", "isso-7", 1)]
    assert [c.likes for c in part.comments] == [2, -2]
    assert part.comments[0].published == datetime(2024, 5, 2, 9, 40, tzinfo=UTC)
    assert part.declared_count == 4
    assert part.more == (url + "&parent=7",)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"replies": 3}', b"[" * 100_000])
def test_isso_refuses_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        engine("isso").read_more(body, "http://talk.example/?uri=a", "http://sofa.example/a")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_isso_survives_any_replies(value: object) -> None:
    body = json.dumps(
        {"replies": [value, {"id": 1, "text": value, "created": value, "author": value, "replies": [value]}]}
    )
    part = engine("isso").read_more(body.encode(), "http://t.example/?uri=a", "http://s.example/a")
    assert all(c.text for c in part.comments)


def test_join_orders_pages_and_finds_parents_across_them() -> None:
    def made(name: str, minute: int, parent: str | None = None) -> Comment:
        return Comment(name, "A", f"text {name}", datetime(2024, 1, 1, 1, minute, tzinfo=UTC), parent)

    newer = ThreadPart((made("c", 5, "b"), made("d", 6)), 4, ("http://x/2",))
    older = ThreadPart((made("a", 1), made("b", 2, "a"), made("d", 6)), 3)
    whole = join([newer, older])
    assert [(c.id, c.depth) for c in whole.comments] == [("a", 0), ("b", 1), ("d", 0), ("c", 2)]
    assert (whole.declared_count, whole.more) == (4, ())
    assert join([]) == ThreadPart()


@given(st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(0, 8)), max_size=20))
def test_unique_makes_a_forest_of_anything(pairs: list[tuple[int, int | None]]) -> None:
    comments = unique(Comment(str(i), None, "x", parent=None if p is None else str(p)) for i, p in pairs)
    depths = {c.id: c.depth for c in comments}
    assert len(depths) == len(comments)
    for comment in comments:
        assert comment.depth == (0 if comment.parent is None else depths[comment.parent] + 1)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("There are 10 comments", 10),
        ("14 responses to “A title”", 14),
        ("3 thoughts on “A title”", 3),
        ("1,204 Comments", 1204),
        ("Comments (7)", 7),
        ("Kommentare: 5", 5),
        ("2 Kommentare", 2),
        ("Ein Kommentar", 1),
        ("One response to “A title”", 1),
        ("No comments", 0),
        ("0 Kommentare", 0),
        ("4 comentarios", 4),
        ("댓글 6개", 6),
        ("2개의 댓글", 2),
        ("댓글 남기기", None),
        ("コメント（3）", 3),
        ("10件のコメント", 10),
        ("コメント 2024年5月", None),
        ("8 条评论", 8),
        ("留言列表 (42)", 42),
        ("Комментарии (7)", 7),
        ("17 comentários em “A title”", 17),
        ("6 réponses à A title", 6),
        ("Aucun commentaire", 0),
        ("1.234 Kommentare", 1234),
        ("Ein Gedanke zu „A title“", 1),
        ("Een reactie", 1),
        ("12 Reader Comments", 12),
        ("2K comments", None),
        ("Comments (1.2K)", None),
        ("12 Shares", None),
        ("No comments allowed", None),
        ("Leave a comment", None),
        ("Comments are closed", None),
        ("In 2024 they said no", None),
        ("Comments", None),
        ("Comments (1 - 25 of 57)", 57),
        ("Diskussion (12)", 12),
        ("Comments • 12", 12),
        ("Comments - 12 May 2019", None),
        ("insgesamt 12 Beiträge", 12),
        ("Top 10 comments of 2019", None),
        ("Season 2 comments", None),
    ],
)
def test_stated_count(text: str, count: int | None) -> None:
    assert stated_count(text) == count


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('<h2 class="comments">5 Comments</h2>', 5),
        ('<p class="headline">3 Kommentare</p>', 3),
        ('<a href="/a.html#comments">4 comments</a>', 4),
        ('<a href="http://x.example/a.html#respond">4 comments</a>', 4),
        ('<span class="comments"><a href="/b.html#comments">61 comments</a></span>', None),
        ('<a href="/b.html#comments">61 comments</a>', None),
        ('<div class="most-commented"><h4>61 comments</h4></div>', None),
        ('<div class="share-count"><h4>12 replies</h4></div>', None),
        ('<ul class="related"><li class="comments">7 comments</li></ul>', None),
        ("<p>It took 12 comments to convince her.</p>", None),
        ('<script>var comments = "5 comments"</script>', None),
    ],
)
def test_declared_count_is_of_this_article(body: str, count: int | None) -> None:
    assert declared_count(html(f"<p>An article.</p>{body}"), ()) == count


def test_any_heading_right_above_a_thread_counts_when_it_gives_the_number_shown() -> None:
    def thread(heading: str) -> ParsedPage:
        return html(f'<div id="comments"><h3>{heading}</h3><ul>{_THREE}</ul></div>')

    assert [counted(thread(text)) for text in ("3 fond notes", "9 fond notes", "Fond notes")] == [3, None, None]


def counted(page: ParsedPage) -> int | None:
    found = read_thread(page)
    assert found is not None
    assert len(found[1].comments) == 3
    return found[1].declared_count


@pytest.mark.parametrize(
    ("text", "language", "time"),
    [
        ("8:11 PM Wednesday, Aug 18, 2010", None, datetime(2010, 8, 18, 20, 11, tzinfo=UTC)),
        ("25. Februar 2020 um 14:01 Uhr", "de", datetime(2020, 2, 25, 14, 1, tzinfo=UTC)),
        ("3/09/15 12:14am", "en-US", datetime(2015, 3, 9, 0, 14, tzinfo=UTC)),
        ("3/09/15", "en-GB", datetime(2015, 9, 3, tzinfo=UTC)),
        ("2024년 5월 2일", "ko", datetime(2024, 5, 2, tzinfo=UTC)),
        ("2 de mayo de 2024", "es", datetime(2024, 5, 2, tzinfo=UTC)),
        ("1714642800", None, datetime(2024, 5, 2, 9, 40, tzinfo=UTC)),
        ("31/02/2024", None, None),
        ("2 hours ago", None, None),
    ],
)
def test_times_as_pages_write_them(text: str, language: str | None, time: datetime | None) -> None:
    assert read_time(text, language) == time


@given(st.text(max_size=80))
def test_any_text_is_a_time_or_none(text: str) -> None:
    time = read_time(text)
    assert time is None or time.tzinfo is not None


@pytest.mark.parametrize("member", ENGINES, ids=lambda member: member.name)
def test_every_engine_keeps_the_contract(member: CommentEngine) -> None:
    assert engine(member.name) is member
    assert member.read(html("<p>No thread, no word of one.</p>")) is None
    with pytest.raises(ValueError, match=r"."):
        member.read_more(b"<html><body><p>nothing</p></body></html>", "http://x/1", "http://x/")


def test_wanted_engine() -> None:
    assert read_thread(page("wordpress"), "off") is None
    assert read_thread(page("wordpress"), "isso") is None
    with pytest.raises(KeyError):
        read_thread(page("wordpress"), "nonesuch")


_TAGS = st.sampled_from(
    [
        *("<div class=comments>", "<li class='comment depth-1' id=comment-3>", "</li>", "<dl id=comments-block>"),
        *("<dt>", "<dd>", "<b class=fn>", "Ann", "</b>", "<time datetime='2024-01-01'>", "</div>"),
        *("wp-content", "<p>text", "<!--", "\x00"),
    ]
)


@given(st.lists(_TAGS, max_size=40))
def test_broken_markup_breaks_no_engine(tags: list[str]) -> None:
    soup = parse_html(("<html><body>" + "".join(tags)).encode(), "http://x.example/")
    for member in ENGINES:
        part = member.read(soup)
        assert part is None or all(c.text for c in part.comments)
