"""Which part of a page is the article: the element that holds it, and what in it is not the article."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.body import read_body
from crawler.body.container import agree, containers
from crawler.body.lines import read_text
from crawler.body.repairs import Block
from crawler.metadata import Metadata
from crawler.page.parsed import parse_html

URL = "https://sofa.example/2031/05/harbour-lights-returns/"
ONE = "The ferry leaves at nine and comes back when it has found what it was sent for, which takes a while."
TWO = "Nobody on the quay had seen the third boat before, and nobody was ready to say whose boat it might be."
THREE = "The crew will be back in autumn, the producers said, and the lighthouse has been painted for the occasion."
META = Metadata(title="Harbour Lights returns", authors=("Ines Calder",))


def blocks(body: str, meta: Metadata = META) -> list[Block]:
    return read_body(parse_html(f"<html><body>{body}</body></html>".encode(), URL), meta).blocks


def texts(body: str, meta: Metadata = META) -> list[str]:
    return [text for _, text in blocks(body, meta)]


def within(inner: str) -> str:
    """An article of three paragraphs with something behind the first."""
    return f"<div class=story><p>{ONE}</p>{inner}<p>{TWO}</p><p>{THREE}</p></div>"


@pytest.mark.parametrize(
    "furniture",
    [
        "<p>Read more: <a href='/b'>Everything we know about the lighthouse</a></p>",
        "<p>RELATED PHOTOS: <a href='/b'>The harbour by night</a></p>",
        "<p>[Most read] Lighthouse painted again »</p>",
        "<p><a href='/b'>Who painted the lighthouse this time around</a></p>",
        "<p>Sign up for our weekly newsletter to hear from the quay.</p>",
        "<p>Stay on top of the latest harbour news! Sign Up: it is free.</p>",
        "<p>What do you think of the boat? Let us know in the comments!</p>",
        "<p>Was meint ihr? Schreibt es uns in den Kommentaren.</p>",
        "<p>Advertisement</p>",
        "<p>Story continues below</p>",
        "<p>Photo courtesy of the Harbour Board.</p>",
        "<p>The third boat at the quay. Photo: Otto Pier/Harbour Press</p>",
        "<figure><img src=a.jpg><figcaption>The third boat at the quay</figcaption></figure>",
        "<div><img src=a.jpg><span>The third boat at the quay</span></div>",
        "<div class=related><h3>Related</h3><ul><li><a href='/b'>Lighthouse painted again this year</a></li></ul></div>",
        "<div><h3>More from Sofa</h3><p>A teaser that reads like prose and stands in a box of its own.</p></div>",
        "<ul><li><a href='/b'>Lighthouse painted again for the third time</a></li>"
        "<li><a href='/c'>Ferry company denies that there is a third boat</a></li></ul>",
        "<div class=newsletter><p>All of the harbour's news in your inbox, every Friday before the ferry leaves.</p></div>",
        "<aside><p>All of the harbour's news in your inbox, every Friday before the ferry leaves the quay.</p></aside>",
        "<article><h2><a href='/b'>Another piece</a></h2><p>It begins like this and goes on elsewhere.</p></article>",
        "<script>var text = 'No text of the page at all, however long it may be in the source.'</script>",
    ],
)
def test_furniture_in_the_article_is_left_out(furniture: str) -> None:
    assert texts(within(furniture)) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("kept", "lines"),
    [
        ("<ul><li>Ines Calder as the captain</li><li>Otto Pier</li></ul>", ["Ines Calder as the captain", "Otto Pier"]),
        (
            "<ul><li><a href='/p/1'>Ines Calder</a></li><li><a href='/p/2'>Otto Pier</a></li></ul>",
            ["Ines Calder", "Otto Pier"],
        ),
        (
            "<ul><li><a href='https://channel.example/hl'>Watch the first season on Channel Nine for nothing</a></li></ul>",
            ["Watch the first season on Channel Nine for nothing"],
        ),
        ("<h2>When does it start?</h2>", ["When does it start?"]),
        ("<blockquote><p>We sail at dawn.</p></blockquote>", ["We sail at dawn."]),
        (
            "<blockquote class=post><a href='https://t.example/1'>We are back, says the captain today</a></blockquote>",
            ["We are back, says the captain today"],
        ),
        ("<p>It is back.</p>", ["It is back."]),
        ("one line<br>and another", ["one line", "and another"]),
        ("<table><tr><td>Episode 1</td><td>The boat</td></tr></table>", ["Episode 1", "The boat"]),
        (
            "<p><a href='https://board.example/'>The harbour board says that the boat is its own</a>.</p>",
            ["The harbour board says that the boat is its own."],
        ),
        ("<p>Season two begins on May 5, 2031</p>", ["Season two begins on May 5, 2031"]),
    ],
)
def test_short_lines_of_the_article_stay(kept: str, lines: list[str]) -> None:
    assert texts(within(kept)) == [ONE, *lines, TWO, THREE]


def test_the_headline_its_byline_and_its_date_are_not_the_body() -> None:
    head = "<p>Drama</p><h1>Harbour Lights returns</h1><p>By Ines Calder</p><p>Published May 5, 2031 at 10:30 am</p>"
    assert texts(f"<article>{head}<p>{ONE}</p><p>{TWO}</p></article>") == [ONE, TWO]


def test_a_headline_without_text_moves_nothing() -> None:
    menu = "<div><div>Log in</div><div>My account</div></div>"
    assert texts(f"{menu}<article><h1><img src=a.jpg></h1><p>{ONE}</p><p>{TWO}</p></article>") == [ONE, TWO]


def test_what_follows_the_article_is_not_the_body() -> None:
    tail = (
        "<h3>About the author</h3><p>Ines Calder has written about boats for as long as there have been boats here.</p>"
    )
    long = f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>" * 3
    assert texts(f"<article>{long}{tail}</article>") == [ONE, TWO, THREE] * 3
    bio = "<p>Ines Calder is a staff writer at the Sofa Gazette and lives on a boat.</p>"
    assert texts(f"<article>{long}{bio}</article>") == [ONE, TWO, THREE] * 3
    credit = "<p>Otto Pier contributed to this report.</p>"
    assert texts(f"<article>{long}{credit}</article>") == [ONE, TWO, THREE] * 3


def test_a_table_of_contents_is_no_text() -> None:
    inner = "<ul><li>Who is in it?</li><li>When does it start?</li></ul>"
    parts = f"<h2>Who is in it?</h2><p>{TWO}</p><h2>When does it start?</h2><p>{THREE}</p>"
    assert blocks(f"<div><p>{ONE}</p>{inner}{parts}</div>") == [
        (False, ONE),
        (True, "Who is in it?"),
        (False, TWO),
        (True, "When does it start?"),
        (False, THREE),
    ]


def test_a_bold_line_over_a_text_is_a_heading() -> None:
    assert (True, "What was your pitch?") in blocks(within("<p><b>What was your pitch?</b></p>"))
    assert (False, "It is back, at last.") in blocks(within("<p><b>It is back, at last.</b></p>"))


def test_a_heading_over_nothing_is_left_out() -> None:
    assert texts(f"<div><p>{ONE}</p><p>{TWO}</p><h2>Photos of the boat</h2></div>") == [ONE, TWO]


@pytest.mark.parametrize(
    "page",
    [
        f"<div id=a><div><p>{ONE}</p></div><div><p>{TWO}</p></div><div><p>{THREE}</p></div></div>",
        f"<td id=a>{ONE}<br><br>{TWO}<br><br>{THREE}</td>",
        f"<article id=a><section><p>{ONE}</p></section><section><p>{TWO}</p><p>{THREE}</p></section></article>",
        f"<form><div id=a><h1>Harbour Lights returns</h1><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div></form>",
    ],
)
def test_the_article_is_found_in_whatever_it_stands(page: str) -> None:
    menu = "".join(f"<li><a href='/{n}'>Department {n}</a></li>" for n in range(20))
    aside = "".join(f"<li><a href='/t{n}'>Another piece of ours, number {n}</a></li>" for n in range(9))
    assert texts(f"<ul>{menu}</ul><table><tr>{page}</tr></table><div><ul>{aside}</ul></div>") == [ONE, TWO, THREE]


def test_the_two_ways_of_looking_agree_on_a_plain_page() -> None:
    page = parse_html(f"<body><div><a href='/'>Home</a></div>{within('')}</body>".encode(), URL)
    text = read_text(page.outline)
    down, up = containers(text)
    assert agree(text, down, up)
    assert [line.text for line in text.within(down)] == [ONE, TWO, THREE]


def test_of_several_articles_on_a_page_the_one_with_the_headline_is_read() -> None:
    others = "".join(f"<article><h2>Piece {n}</h2><p>{TWO} {THREE}</p></article>" for n in range(4))
    own = f"<article><h1>Harbour Lights returns</h1><p>{ONE}</p></article>"
    assert texts(f"<div class=list>{own}{others}</div>") == [ONE]


def test_a_page_with_two_roots_is_read_by_its_first() -> None:
    second = f"<html><body><div itemprop=articleBody><p>{TWO}</p></div></body></html>"
    assert ONE in texts(
        f"<article><p>{ONE}</p><p>{THREE}</p></article></body></html>{second}<div itemprop=articleBody>x"
    )


def test_text_behind_an_inner_element_belongs_to_the_outer_one() -> None:
    inner = "<ul><li><a href='/b'>Lighthouse painted again this year by hand</a></li></ul>"
    assert texts(f"<div class=story><section>{ONE}{inner}{TWO}</section><p>{THREE}</p></div>") == [ONE, TWO, THREE]


def test_what_is_kept_out_is_told_apart() -> None:
    box = "<ul><li><a href='/b'>Lighthouse painted again for the third time</a></li></ul>"
    picture = "<figure><img src=a.jpg><figcaption>The third boat at the quay</figcaption></figure>"
    page = within(f"{picture}<p>Photo: Otto Pier</p>{box}<p>More: <a href='https://else.example/'>Else</a></p>")
    body = read_body(parse_html(f"<html><body>{page}</body></html>".encode(), URL), META)
    assert body.captions == ("The third boat at the quay", "Photo: Otto Pier")
    assert body.related == ("https://sofa.example/b",)


@given(st.text(alphabet="<>/pdivulab= '\"h1\n", max_size=300))
@settings(max_examples=80, deadline=None)
def test_any_markup_gives_blocks(soup: str) -> None:
    assert all(text == " ".join(text.split()) for _, text in blocks(within(soup)))
