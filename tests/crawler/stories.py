"""What stands inside an article's element, in the ways that editors and their systems write it. Invented throughout.

A story is a row of pieces; a piece is markup and the lines of it that are the article's text.
"""

from __future__ import annotations

from dataclasses import dataclass

P = (
    "Harbour Lights will be back for a third season, and this time the ferry does not leave without its captain.",
    "The channel said on Tuesday that filming begins in spring, on the same quay and with most of the same boats.",
    "Ines Calder returns as the harbour master, who was last seen walking into the fog with a lamp in her hand.",
    "Otto Pier, who wrote the first two seasons, has handed the pen to Mara Quill and stays on as a producer.",
    "Nobody would say whose boat it was that came in at the end, and nobody on the set was seen near it again.",
    "Ten episodes were ordered, two more than last year, and the last of them is said to run for ninety minutes.",
    "The lighthouse has been painted for the occasion, which the town paid for and has complained about ever since.",
    "Viewers had asked for more of the gulls; the producers answered that the gulls ask for more of everything.",
    "A date has not been set, but the channel keeps its Sunday evenings free from the first week of October on.",
    "What happens to the third boat will be told in the second episode, Quill said, and not a minute before that.",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Markup, and the lines in it that are text of the article. `heading`: its lines are headings."""

    html: str
    lines: tuple[str, ...] = ()
    heading: bool = False


def para(text: str) -> Piece:
    return Piece(f"<p>{text}</p>\n", (text,))


def head(text: str, tag: str = "h2") -> Piece:
    return Piece(f"<{tag}>{text}</{tag}>\n", (text,), heading=True)


def drop(html: str) -> Piece:
    """Markup of which nothing is text of the article."""
    return Piece(html)


def paras(*texts: str) -> list[Piece]:
    return [para(text) for text in texts]


def among(*pieces: Piece, text: tuple[str, ...] = P) -> list[Piece]:
    """The pieces, one between two paragraphs each, and paragraphs behind."""
    out = [para(text[0])]
    for number, piece in enumerate(pieces):
        out += [piece, para(text[(number + 1) % len(text)])]
    return out + paras(*text[len(pieces) + 1 :])


CAST = ("Ines Calder as Captain Moor", "Otto Pier as the pilot", "Mara Quill as Wren", "Jon Tarn as Mr Finch")
SIX = ("Ines Calder", "Otto Pier", "Mara Quill", "Jon Tarn", "Ada Brook", "Leo Sand")


def items(texts: tuple[str, ...], link: str = "") -> str:
    inner = (f'<a href="{link}/{number}">{text}</a>' if link else text for number, text in enumerate(texts))
    return "".join(f"<li>{text}</li>" for text in inner)


def cells(rows: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"<tr><td>{one}</td><td>{other}</td></tr>" for one, other in rows)


EPISODES = ("Episode 1: The Third Boat", "Episode 2: Fog", "Episode 3: What the Gulls Saw", "Episode 4: Low Water")
TEASER = "/2031/04/lighthouse-painted-again/"
TEASERS = (
    "Lighthouse painted again for the third time",
    "Ferry company denies that there is a third boat",
    "Why the gulls of the harbour want a contract",
)
EMBED = "We are back on the quay. Season three, first day of filming, and it rains."
QUOTE = "We knew from the first day on that the boat would have to come back one day, she said."
CAPTION = "Ines Calder as the harbour master on the quay, with the lamp of the first season"

STORIES: dict[str, list[Piece]] = {
    "plain": paras(*P),
    "short": paras(*P[:2]),
    "headings": [
        *paras(*P[:3]),
        head("When does it start?"),
        *paras(*P[3:6]),
        head("Who is in it?", "h3"),
        *paras(*P[6:]),
    ],
    "bold headings": [
        *paras(*P[:3]),
        Piece("<p><strong>Who is in it?</strong></p>", ("Who is in it?",), heading=True),
        *paras(*P[3:]),
    ],
    "cast": among(head("The cast"), Piece(f"<ul>{items(CAST)}</ul>", CAST)),
    "cast of links": among(head("The cast"), Piece(f"<ul>{items(SIX, '/people')}</ul>", SIX)),
    "cast of one line each": among(Piece("<p>" + "<br>".join(SIX) + "</p>", SIX)),
    "episodes": among(head("Episodes", "h3"), Piece(f"<ol>{items(EPISODES)}</ol>", EPISODES)),
    "where to watch": among(
        head("Where to watch"),
        Piece(
            '<ul><li><a href="https://nine.example/hl">Channel Nine</a>: first two seasons</li>'
            '<li><a href="https://lamp.example/hl">Lamp Plus</a></li></ul>',
            ("Channel Nine: first two seasons", "Lamp Plus"),
        ),
    ),
    "table": among(
        Piece(
            f"<table><tbody>{cells((('Season', '3'), ('Episodes', '10'), ('Start', 'October 5')))}</tbody></table>",
            ("Season", "3", "Episodes", "10", "Start", "October 5"),
        )
    ),
    "block table": among(
        Piece(
            f'<figure class="wp-block-table"><table>{cells((("Title", "Fog"), ("Air date", "October 12")))}</table></figure>',
            ("Title", "Fog", "Air date", "October 12"),
        )
    ),
    "quote": among(Piece(f"<blockquote><p>{QUOTE}</p></blockquote>", (QUOTE,))),
    "block quote with source": among(
        Piece(
            f'<blockquote class="wp-block-quote"><p>{QUOTE}</p><cite>Mara Quill</cite></blockquote>',
            (f"{QUOTE}", "Mara Quill"),
        )
    ),
    "post": among(
        Piece(
            f'<blockquote class="twitter-tweet"><p lang="en" dir="ltr">{EMBED}</p>&mdash; Harbour Lights (@hl) '
            '<a href="https://post.example/hl/1">May 4, 2031</a></blockquote>',
            (EMBED, "— Harbour Lights (@hl) May 4, 2031"),
        )
    ),
    "captions": among(
        drop(f'<figure class="wp-block-image"><img src="/a.jpg"><figcaption>{CAPTION}</figcaption></figure>'),
        drop(f'<div class="wp-caption"><img src="/b.jpg"><p class="wp-caption-text">{CAPTION} again</p></div>'),
        drop(f'<div class="image-container"><img src="/c.jpg"><span class="legend">{CAPTION} here</span></div>'),
        drop(f'<p class="photo-credit">{CAPTION}, too. Photo: Jon Tarn/Quay Press</p>'),
        drop(
            '<table class="tr-caption-container"><tr><td><img src="/d.jpg"></td></tr>'
            f'<tr><td class="tr-caption">{CAPTION} there</td></tr></table>'
        ),
        drop(f'<dl class="wp-caption"><dt><img src="/e.jpg"></dt><dd class="wp-caption-dd">{CAPTION} then</dd></dl>'),
    ),
    "related inside": among(
        drop(f'<p><strong>Read more:</strong> <a href="{TEASER}">{TEASERS[0]}</a></p>'),
        drop(f'<p><em>RELATED: <a href="{TEASER}">{TEASERS[1]}</a></em></p>'),
        drop(
            f'<div class="td-a-rec"><p>- Advertisement -</p></div><h4>Also read: <a href="{TEASER}">{TEASERS[2]}</a></h4>'
        ),
        drop(f'<p>See also: <a href="{TEASER}">{TEASERS[0]}</a></p>'),
        drop(f'<p>&gt;&gt; <a href="{TEASER}">{TEASERS[1]}</a></p>'),
        drop(f'<div class="wp-block-group"><h3>You may also like</h3><ul>{items(TEASERS, TEASER)}</ul></div>'),
        drop(f'<blockquote class="wp-embedded-content"><a href="{TEASER}">{TEASERS[2]}</a></blockquote>'),
    ),
    "newsletter inside": among(
        drop(
            '<div class="mc_embed"><h3>Never miss a boat</h3><form><p>All that moves in the harbour, each Friday.</p>'
            '<input name="email"><button>Sign up</button></form></div>'
        ),
        drop('<div class="kg-card kg-cta"><p>Sign up for the Quay Letter, which comes each Friday.</p></div>'),
        drop('<p class="promo">Get the latest harbour news in your inbox every Friday morning.</p>'),
        drop('<div class="widget_text"><p>By signing up you agree to our terms of use and privacy policy.</p></div>'),
    ),
    "split by ads": [
        drop('<div class="article-part">'),
        *paras(*P[:3]),
        drop('</div><div class="ad-slot"><span>Advertisement</span></div><div class="article-part">'),
        *paras(*P[3:5]),
        drop(
            '</div><div class="ad-slot"><span>Article continues below advertisement</span></div><div class="article-part">'
        ),
        *paras(*P[5:]),
        drop("</div>"),
    ],
    "breaks": [Piece("<br><br>\n".join(P) + "<br>", P)],
    "paragraphs of breaks": [Piece(f"<p>{'<br><br>'.join(P[:5])}</p><p>{'<br /><br />'.join(P[5:])}</p>", P)],
    "bare divs": [Piece("".join(f"<div>{text}</div>\n<div><br></div>" for text in P), P)],
    "spans": [Piece("".join(f"<div><span style='font-size:12px'><span>{text}</span></span></div>" for text in P), P)],
    "drop cap": [Piece(f'<p><span class="dropcap">{P[0][0]}</span>{P[0][1:]}</p>', (P[0],)), *paras(*P[1:])],
    "interview": [
        para(P[0]),
        *(
            piece
            for question, answer in (
                ("How was it to come back to the quay?", P[1]),
                ("And whose boat is it?", P[2]),
                ("Will there be more gulls this time?", P[3]),
            )
            for piece in (Piece(f"<p><b>{question}</b></p>", (question,), heading=True), para(answer))
        ),
        *paras(*P[4:6]),
    ],
    "questions and answers": among(
        Piece(
            f"<p><strong>Q:</strong> Whose boat is it?</p><p><strong>A:</strong> {P[7]}</p>",
            ("Q: Whose boat is it?", f"A: {P[7]}"),
        ),
        text=P[:5],
    ),
    "transcript": [
        para(P[0]),
        *(
            Piece(f"<p>{who}: {text}</p>", (f"{who}: {text}",))
            for who, text in (
                ("CALDER", "Whose is it?"),
                ("PIER", P[4]),
                ("CALDER", "It is not mine."),
                ("QUILL", P[9]),
            )
        ),
        para(P[1]),
    ],
    "list of shows": [
        para(P[0]),
        *(
            piece
            for number, text in enumerate(P[1:6], 1)
            for piece in (
                head(f"{number}. The {SIX[number].split()[1]} Affair"),
                drop(f'<figure><img src="/{number}.jpg"><figcaption>Channel Nine</figcaption></figure>'),
                para(text),
            )
        ),
    ],
    "live blog": [
        para(P[0]),
        *(
            Piece(f'<div class="entry-live"><h3>{title}</h3><p>{text}</p></div>', (title, text))
            for title, text in (("The boat is in", P[1]), ("Fog over the quay", P[2]), ("The lamp is lit", P[3]))
        ),
    ],
    "instructions": among(
        head("What you need", "h3"),
        Piece(f"<ul>{items(('One lamp', 'Two oars', 'Salt'))}</ul>", ("One lamp", "Two oars", "Salt")),
        head("How it is done", "h3"),
        Piece(
            f"<ol>{items(('Light the lamp.', 'Row until it is dark.'))}</ol>",
            ("Light the lamp.", "Row until it is dark."),
        ),
    ),
    "definitions": among(
        Piece(
            "<dl><dt>Fog</dt><dd>What the harbour has most of.</dd><dt>Quay</dt><dd>Where it ends.</dd></dl>",
            ("Fog", "What the harbour has most of.", "Quay", "Where it ends."),
        )
    ),
    "gallery": among(
        drop(
            '<div class="gallery"><dl class="gallery-item"><dt><img src="/1.jpg"></dt></dl>'
            f'<figure class="gallery-item"><img src="/2.jpg"><figcaption class="gallery-caption">{CAPTION}</figcaption></figure></div>'
        ),
    ),
    "links in prose": [
        Piece(f'<p><a href="https://nine.example">{P[0]}</a></p>', (P[0],)),
        *(
            Piece(
                f'<p><a href="/tag/{n}">{t.split(",")[0]}</a>,{t.partition(",")[2]}</p>' if "," in t else f"<p>{t}</p>",
                (t,),
            )
            for n, t in enumerate(P[1:])
        ),
    ],
    "details": among(
        Piece(
            f"<details><summary>What happened before</summary><p>{P[9]}</p></details>", ("What happened before", P[9])
        ),
        text=P[:6],
    ),
    "pull quote": among(
        Piece(f'<figure class="wp-block-pullquote"><blockquote><p>{QUOTE}</p></blockquote></figure>', (QUOTE,))
    ),
    "key points": [
        Piece(f"<ul>{items(P[7:9])}</ul>", P[7:9]),
        *paras(*P[:7]),
    ],
}
