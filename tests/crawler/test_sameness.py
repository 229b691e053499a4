"""What tells that a page says the same: noise does not, every word of the article does; what the spider makes of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.items import Article, Item, Page, Report, Thread
from crawler.run import crawl
from crawler.sameness import How, is_same, renewed, sign
from crawler.source import Source
from tests.factories import NOW
from tests.site import Answer, Site, discussion
from tests.site import page as plain_page
from worker import tasks
from worker.tasks import Kit

OWN = Source.model_validate({"name": "s", "start_urls": ["https://my-outlet.example/feed"]})
HOW = How(OWN.model_dump_json(), "https://my-outlet.example/a", "utf-8")
PARAGRAPHS = (
    "The keepers of the lamp return to the harbour in spring, and everybody in the town has a word to say about it.",
    "Filming began in <b>March</b> on the northern coast, where the first season was made by the same small crew.",
    "Update: the network has renewed it for <i>10</i> more episodes, which nobody there had expected so soon.",
)


def page(
    *paragraphs: str,
    title: str = "Harbour Lights is renewed",
    items: tuple[str, ...] = ("Ann Keeper", "Bob Tide", "Cy Gull"),
    heading: str = "Who returns",
    modified: str = "2027-03-05T08:00:00Z",
    comments: tuple[str, ...] = ("I knew it!", "So did I, for what it is worth."),
    noise: str = "1",
) -> str:
    """A page as content systems make it; `noise` is what differs from answer to answer and is no news."""
    body = "".join(f"<p>{part}</p>" for part in paragraphs or PARAGRAPHS)
    names = "".join(f"<li>{name}</li>" for name in items)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | My Outlet</title>'
        f'<meta name="csrf" content="c{noise}"><link rel="stylesheet" href="/a.css?v={noise}">'
        f'<meta property="og:title" content="{title}"><meta property="og:type" content="article">'
        f'<meta property="article:modified_time" content="{modified}">'
        '<meta property="article:published_time" content="2027-03-05T08:00:00Z">'
        f'<script type="application/ld+json" nonce="{noise}">{{"@type": "NewsArticle", "headline": "{title}"}}</script>'
        f"<script nonce='{noise}'>var seen = {noise}; if (1 < seen) document.write('<div class=x>')</script></head>"
        f'<body class="n{noise}"><!-- made in {noise} ms --><nav><ul><li>Home</li><li>{noise} online</li></ul></nav>'
        f'<div class="top-ad"><p>Buy the lamp number {noise} today, it shines as no other lamp does.</p></div>'
        f'<main><article><h1>{title}</h1><time datetime="2027-03-05T08:00:00Z">{noise} minutes ago</time>'
        f'<span class="share-count">{noise}</span>{body}<h2>{heading}</h2><ul>{names}</ul>'
        f'<div class="related-posts"><h3>Lamp number {noise}</h3><p>Another story, told {noise} times before.</p></div>'
        f"</article>{discussion(*comments)}<form><input type=hidden value={noise}>{noise} + 4 = ?</form></main>"
        f'<aside class="popular"><ol><li>Story {noise}</li></ol></aside><footer>Page made {noise} s ago</footer>'
        "</body></html>"
    )


def signed(html: str, how: How = HOW) -> str:
    found = extract_page(html.encode(), how.url, OWN)
    assert found.article is not None
    said = [found.article.title, *found.article.text.split("\n")]
    return sign(html.encode(), how, said + [c.text for c in (found.thread.comments if found.thread else ())])


@functools.cache
def known() -> str:
    """The signature of the page as it is without a change."""
    return signed(page())


CHANGES = {
    "a paragraph": page(*PARAGRAPHS, "It is over."),
    "a paragraph less": page(*PARAGRAPHS[:2]),
    "a figure in a sentence": page(*PARAGRAPHS[:2], PARAGRAPHS[2].replace("10", "8")),
    "an update in a line of its own": page("Update: renewed.", *PARAGRAPHS),
    "a heading": page(heading="Who leaves"),
    "a list item": page(items=("Ann Keeper", "Bob Tide")),
    "a date": page(modified="2027-03-06T08:00:00Z"),
    "the title": page(title="Harbour Lights is cancelled"),
    "a new comment": page(comments=("I knew it!", "So did I, for what it is worth.", "Me too.")),
    "a comment said twice": page(comments=("I knew it!", "So did I, for what it is worth.", "I knew it!")),
    "an edited comment": page(comments=("I knew it!", "So did I, for what it is not worth.")),
}


def test_noise_is_no_change() -> None:
    assert known().partition(" ")[2], "its prose is signed"
    assert is_same(known(), page().encode(), HOW)
    assert is_same(known(), page(noise="77").encode(), HOW)


@pytest.mark.parametrize("html", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_one(html: str) -> None:
    assert not is_same(known(), html.encode(), HOW)


@given(st.integers(0, 200), st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
def test_any_other_word_in_the_article_is_a_change(place: int, word: str) -> None:
    words = list(re.finditer(r"\w+", re.sub(r"</?\w>", "~", " ".join(PARAGRAPHS))))
    old = words[place % len(words)][0]
    assume(word.casefold() != old.casefold())
    changed = [re.sub(rf"\b{old}\b(?!>)", word, part) for part in PARAGRAPHS]
    assert not is_same(known(), page(*changed).encode(), HOW)


@given(st.sampled_from(["p", "li", "h2", "h3", "blockquote", "td", "div", "strong"]), st.sampled_from([*range(9)]))
def test_a_line_more_anywhere_in_the_article_is_a_change(tag: str, place: int) -> None:
    html = page()
    start, end = html.index("</h1>") + 5, html.index('<div class="related-posts">')
    ends = [found.end() for found in re.finditer(r"</(?:p|li|h2|ul|time|h1)>", html[:end]) if found.end() >= start]
    at = ends[place % len(ends)]
    assert not is_same(known(), f"{html[:at]}<{tag}>Renewed</{tag}>{html[at:]}".encode(), HOW)


@given(st.binary(max_size=300))
@example(b"<!--><h1>")
@example(b"<script>" * 9 + b"<div class='ad'></div></ul>")
def test_a_strangers_bytes_are_the_same_as_themselves_alone(body: bytes) -> None:
    signature = sign(body, HOW, ["words"])
    assert is_same(signature, body, HOW)
    assert not is_same(signature, body + b"<p>news</p>", HOW)


@pytest.mark.parametrize(
    "unit", [b"<div class='ad'>", b"<!--", b"<script", b"<h1 id=comment><aside>", b"<meta ", b">9 "]
)
def test_a_page_made_to_take_long_does_not(unit: bytes) -> None:
    import time

    body = unit * (2_000_000 // len(unit))
    began = time.process_time()
    is_same(sign(body, HOW, ["a line"] * 1000), body + b"x", HOW)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "how",
    [
        How(HOW.source, "https://my-outlet.example/b", "utf-8"),
        How(HOW.source, HOW.url, "cp1252"),
        How(OWN.model_copy(update={"comments": "off"}).model_dump_json(), HOW.url, "utf-8"),
    ],
)
def test_a_page_that_would_be_read_otherwise_is_read(how: How) -> None:
    assert not is_same(known(), page().encode(), how)


def test_a_page_read_by_other_rules_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.sameness._rules", lambda: "another version")
    assert not is_same(known(), page().encode(), HOW)


def test_a_prose_that_does_not_hold_what_was_read_is_not_signed() -> None:
    html = page().replace("<article>", '<div class="promo">').replace("</article>", "</div>").replace("<h1>", "<h3>")
    signature = sign(html.encode(), HOW, ["Filming began in March on the northern coast"])
    assert signature.endswith(" ")
    assert is_same(signature, html.encode(), HOW)
    assert not is_same(signature, html.encode() + b" ", HOW)


@pytest.mark.parametrize(
    "furniture",
    ["<aside class='sidebar'><h1>{}</h1></aside>", "<aside><div id='comments'>{}</div></aside>", "<div class='ad'>{}"],
)
def test_no_box_with_a_headline_or_a_discussion_is_furniture(furniture: str) -> None:
    one, other = (furniture.format(word).encode() for word in ("one", "another"))
    assert not is_same(sign(one, HOW, ["one"]), other, HOW)


def test_the_bytes_as_they_are_now_go_into_a_renewed_signature() -> None:
    noisy = page(noise="77").encode()
    signature = renewed(known(), noisy, HOW)
    exact, _, prose = signature.partition(" ")
    assert exact != known().partition(" ")[0]
    assert is_same(f"{exact} ", noisy, HOW)
    assert prose == known().partition(" ")[2]


# what the spider makes of it


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Site() as found:
        monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", found.netloc)
        found.answers |= {"/one": fresh(page())}
        yield found


def fresh(html: str) -> Answer:
    """An answer without validators that hold."""
    return Answer(html, headers={"ETag": f'"{len(html)}-{hash(html)}"', "Cache-Control": "no-cache"})


def visit(site: Site, known: tuple[Page, ...] = (), **values: Any) -> list[Item]:
    from crawler.plan import Plan

    url = f"{site.base}/one"
    own = Source.model_validate({"name": "s", "start_urls": [url], "pace": {"delay": 0.0}, **values})
    pages = {page.url: page for page in known}
    plan = Plan((own,), pages, NOW, frozenset({url}), (site.netloc,), discover=False, look=True)
    return list(crawl(plan))


def pages_of(items: list[Item]) -> list[Page]:
    return [item for item in items if isinstance(item, Page)]


def report_of(items: list[Item]) -> Report:
    return next(item for item in items if isinstance(item, Report))


def test_the_same_bytes_and_mere_noise_are_not_extracted(site: Site) -> None:
    (before,) = pages_of(visit(site))
    for html, tag in ((page(), '"another"'), (page(noise="8"), '"new"')):
        site.answers["/one"] = Answer(html, headers={"ETag": tag})
        items = visit(site, (before,))
        (again,) = pages_of(items)
        assert (again.status, again.etag, again.fingerprint) == (304, tag, before.fingerprint)
        assert not [item for item in items if isinstance(item, (Article, Thread))]
        report = report_of(items)
        assert (report.fetched, report.unchanged, report.articles) == (0, 1, 0)
        assert "extracting" not in report.seconds


@pytest.mark.parametrize("name", ["a paragraph", "a list item", "the title", "a new comment", "an edited comment"])
def test_a_change_is_read(site: Site, name: str) -> None:
    (before,) = pages_of(visit(site))
    site.answers["/one"] = fresh(CHANGES[name])
    items = visit(site, (before,))
    (again,) = pages_of(items)
    assert again.status == 200
    assert again.signature not in ("", before.signature)
    (thread,) = [item for item in items if isinstance(item, Thread)]
    assert len(thread.comments) == (3 if name == "a new comment" else 2)
    assert len([item for item in items if isinstance(item, Article)]) == ("comment" not in name)


def test_another_source_file_reads_the_page_again(site: Site) -> None:
    (before,) = pages_of(visit(site))
    site.answers["/one"] = Answer(page(), headers={"ETag": '"another"'})
    assert pages_of(visit(site, (before,), comments="off"))[0].status == 200


def test_a_page_that_leads_elsewhere_now_is_read(site: Site) -> None:
    (before,) = pages_of(visit(site))
    site.answers["/one"] = Answer("", 301, {"Location": "/two"})
    site.answers["/two"] = fresh(page())
    assert {(p.url.rpartition("/")[2], p.kind) for p in pages_of(visit(site, (before,)))} == {
        ("one", "moved"),
        ("two", "article"),
    }


def test_a_thread_elsewhere_is_asked_although_the_page_says_the_same(site: Site) -> None:
    def isso(noise: str) -> str:
        script = f'<script data-isso="/isso/" src="/e.js?{noise}"></script><section id="isso-thread"></section>'
        return page(comments=(), noise=noise).replace("</body>", script + "</body>")

    def said(*texts: str) -> Answer:
        rows = ",".join(f'{{"id": {n}, "text": "<p>{text}</p>", "replies": []}}' for n, text in enumerate(texts, 1))
        return Answer(f'{{"total_replies": {len(texts)}, "replies": [{rows}]}}', kind="application/json")

    site.answers |= {"/one": fresh(isso("1")), "/isso/?uri=%2Fone": said("First.")}
    (before,) = pages_of(visit(site))
    assert before.thread
    site.answers |= {"/one": fresh(isso("2")), "/isso/?uri=%2Fone": said("First.", "Second.")}
    items = visit(site, (before,))
    (thread,) = [item for item in items if isinstance(item, Thread)]
    assert [comment.text for comment in thread.comments] == ["First.", "Second."]
    assert [(p.status, p.thread) for p in pages_of(items)] == [(304, before.thread)]


def test_an_article_whose_thread_goes_on_elsewhere_is_not_signed(site: Site) -> None:
    more = '<ol class="commentlist depth-1"></ol><a href="/one/comment-page-2/">Newer comments</a> wp-content'
    site.answers["/one"] = fresh(page().replace("</main>", f"{more}</main>"))
    (before,) = pages_of(visit(site))
    assert "/one/comment-page-2/" in site.asked
    assert before.signature == ""


def test_the_store_keeps_what_tells_it(site: Site, kit: Kit) -> None:
    own = Source.model_validate(
        {"name": "s", "start_urls": [f"{site.base}/feed"], "pace": {"delay": 0.0}, "discovery": "feed"}
    )
    site.answers["/feed"] = site.feed("one")
    kit.shelf.sources = {own.name: own}  # type: ignore[misc]
    signatures, tags = [], []
    for hour, noise in ((0, "1"), (1, "2"), (4, "3")):
        site.answers["/one"] = Answer(page(noise=noise), headers={"ETag": f'"{noise}"'})
        tally, ingested = tasks.read(kit, [own], NOW + timedelta(hours=hour))
        assert (ingested.articles, ingested.versions) == (int(hour == 0), 0)
        assert tally.total("unchanged") == (2 if hour else 0)
        with kit.store.begin() as tx:
            (stored,) = tx.sources.known_pages(["s"], ("article",)).values()
            assert tx.sources.states()["s"].state == "ok", "no thread is missed"
        signatures.append(stored.signature)
        tags.append((stored.etag, stored.status))
    assert tags == [('"1"', 200), ('"2"', 200), ('"3"', 200)]
    assert len(set(signatures)) == 3
    assert len({signature.partition(" ")[2] for signature in signatures}) == 1


def test_a_plain_page_is_signed() -> None:
    assert signed(plain_page("Harbour Lights is renewed")).partition(" ")[2]


def test_a_lone_sign_hides_no_text() -> None:
    one, other = (page("It was < 10 and then > 5.".replace("10", figure)).encode() for figure in ("10", "12"))
    assert not is_same(sign(one, HOW, ["It was"]), other, HOW)
