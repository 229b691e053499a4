"""Article pages as systems of comments write them, made of one invented conversation; the templates stand in `markup*.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ARTICLE = "https://pier.example/2019/03/harbour-lights-third-year"
FIRST = datetime(2019, 3, 5, 9, 42, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """One comment, its paragraphs as HTML; `plain` is what a reader sees of them."""

    author: str
    paragraphs: tuple[str, ...]
    plain: str = ""
    answers: tuple[Said, ...] = ()

    @property
    def text(self) -> str:
        return self.plain or "\n".join(self.paragraphs)


@dataclass(frozen=True)
class System:
    """How a system writes a thread: `place` around the `items`, `item` for each, `nest` around the answers to it.

    Without `nest` answers follow in the flat list. `parents`, `dates` (or "day") and `count`: does the page tell them?
    """

    name: str
    place: str
    item: str
    nest: str = ""
    date: str = "%B %d, %Y at %I:%M %p"
    language: str = "en"
    parents: bool = True
    dates: str = "minute"
    count: bool = True


@dataclass(frozen=True)
class Expected:
    author: str
    text: str
    published: datetime | None
    parent: str | None


CAST = (
    Said(
        "Marlene K.",
        ('I saw the <a href="https://x.example/ferry">ferry scene</a> twice.', "Nobody told me it would <b>rain</b>."),
        "I saw the ferry scene twice.\nNobody told me it would rain.",
        (
            Said(
                "Bo",
                ("Yes!",),
                answers=(Said("Ines_77", ("Same here, Bo. I still keep the ticket from 3 March 1998 in my wallet.",)),),
            ),
            Said("Marlene K.", ("Thank you both :-)",)),
        ),
    ),
    Said("Å", ("No.",)),
    Said(
        "Kim 47",
        ("The second year was better: more boats, less talk.", "Then again, I like talk.", "- and I like boats!"),
    ),
    Said(
        "山田 太郎",
        ("The harbour master is the best part of it ♥ and I would watch a whole series about him alone.",),
        answers=(Said("harbour.fan@post", ("They filmed one in 2004, look for it.",)),),
    ),
    Said("Class of 1989", ("What happened to Reply All? It said “more to come” and then it ended.",)),
    Said("Anonymous", ("Whoever wrote this has never been on a boat. " * 12 + "Sorry.",)),
    Said("DR. WHO-EVER", ("2 hours of my life I will not get back.",)),
    Said("Jean-Luc d'Anglès", ("Good ! https://x.example/a-very-long-address/of/some/kind",)),
)
QUOTES = (
    Said("Nora P", ("<b>Great</b> <i>show</i>!",), "Great show!"),
    Said(
        "Lars",
        ("<blockquote><p>Great show!</p></blockquote>", "I beg to differ."),
        "Great show!\nI beg to differ.",
    ),
    Said(
        "Zoe 3",
        ('One: <img class="smiley" alt=":)"> smile', "<em>Edit: typo put right.</em>"),
        "One: smile\nEdit: typo put right.",
    ),
    Said(
        "Mo",
        ('<a href="https://x.example/w">https://x.example/w</a> says it all on March 3rd, 2001.',),
        "https://x.example/w says it all on March 3rd, 2001.",
    ),
    Said("Pim van der Aa", ("a list of boats:", "Ada, Berta, Carl", "and so on, by me")),
    Said("Like Mike", ("I like it. Share it! Reply to me by 5 May 2020 at 10:00.",)),
)
SMALL = (CAST[0], CAST[2], CAST[4], CAST[6])


def listed(cast: tuple[Said, ...], parent: Said | None = None) -> Iterator[tuple[Said, Said | None, int]]:
    """All contributions in page order, with whom they answer and how deep they stand."""
    for said in cast:
        yield said, parent, 0
        yield from ((inner, above, depth + 1) for inner, above, depth in listed(said.answers, said))


def expected(system: System, cast: tuple[Said, ...] = CAST) -> list[Expected]:
    return [
        Expected(
            said.author,
            said.text.strip(),
            _shown(system, FIRST + timedelta(hours=7 * number)),
            above.text.strip() if above and system.parents else None,
        )
        for number, (said, above, _) in enumerate(listed(cast))
    ]


def _shown(system: System, time: datetime) -> datetime | None:
    if system.dates == "day":
        return time.replace(hour=0, minute=0)
    return time if system.dates == "minute" else None


def page(system: System, cast: tuple[Said, ...] = CAST, visit: int = 0) -> str:
    """The article's page with the thread; what readers clicked, and how long ago all was, is new on each visit."""
    flat = [said for said, _, _ in listed(cast)]
    items = "".join(_item(system, said, None, 0, flat, visit) for said in cast)
    thread = system.place.format(items=items, count=len(flat))
    return around(thread, system.language)


def _item(system: System, said: Said, above: Said | None, depth: int, flat: list[Said], visit: int) -> str:
    number = flat.index(said)
    time = FIRST + timedelta(hours=7 * number)
    inner = "".join(_item(system, answer, said, depth + 1, flat, visit) for answer in said.answers)
    key = 88_100 + number * 7
    values = {
        "n": key,
        "hex": f"6a00d83451b0{key:012x}",
        "place": number + 1,
        "parity": "odd" if number % 2 else "even",
        "author": said.author,
        "above": above.author if above else "",
        "parent": 88_100 + flat.index(above) * 7 if above else 0,
        "parent_place": flat.index(above) + 1 if above else 0,
        "depth": depth,
        "level": depth + 1,
        "indent": depth * 25,
        "iso": time.isoformat(),
        "epoch": int(time.timestamp()),
        "date": time.strftime(system.date),
        "ago": f"{visit + 3} years ago",
        "likes": (number * 3) % 5 + visit,
        "p": "".join(f"<p>{paragraph}</p>" for paragraph in said.paragraphs),
        "br": "<br />\n<br />\n".join(said.paragraphs),
    }
    if not system.nest:
        return system.item.format(**values, answers="") + inner
    return system.item.format(**values, answers=system.nest.format(**values, items=inner) if inner else "")


_PROSE = (
    "Harbour Lights comes back for a third year. Filming starts in May on the old pier, and most of the crew returns.",
    "The series follows the people of a small port and the ferry that connects it with the world. Its second year "
    "ended with the storm of 4 November, and with the captain at sea.",
    "“We have more to tell,” said the producer on Monday. Nothing is known yet about who takes over the light house.",
    "The first two years can be seen on the usual channels; the third one follows in spring.",
)


def around(thread: str, language: str = "en", after: str = "") -> str:
    """A whole article page: header, prose, byline, boxes beside and below, and the thread between them."""
    prose = "".join(f"<p>{paragraph}</p>" for paragraph in _PROSE)
    teasers = "".join(
        f'<li class="post"><a href="/2019/03/other-{n}"><img alt=""></a><h3><a href="/2019/03/other-{n}">The other '
        f'story, part {n}</a></h3><span class="date">March {n}, 2019</span> <span class="author">Rita Moor</span></li>'
        for n in range(1, 6)
    )
    recent = "".join(
        f'<li class="recentcomments"><span class="comment-author-link">{said.author}</span> on '
        f'<a href="/2019/02/older-{n}#comment-{n}">An older story</a></li>'
        for n, said in enumerate(CAST)
    )
    return f"""<!DOCTYPE html><html lang="{language}"><head><title>Third year | Pier</title></head><body>
<header id="masthead"><a href="/">Pier</a><nav><ul><li><a href="/tv">TV</a></li><li><a href="/film">Film</a></li></ul>
</nav></header><div id="content"><article class="post type-post"><h1 class="entry-title">Harbour Lights: third year</h1>
<div class="entry-meta">By <a class="author" href="/a/rita">Rita Moor</a> <time datetime="2019-03-04T08:00:00+00:00">
March 4, 2019</time></div><div class="entry-content">{prose}</div><div class="share"><a>Share</a><a>Tweet</a></div>
</article>{thread}<section class="related"><h2>More like this</h2><ul>{teasers}</ul></section></div>
<aside class="sidebar widget-area"><section class="widget widget_recent_comments"><h2>Recent Comments</h2>
<ul id="recentcomments">{recent}</ul></section></aside>{after}
<footer id="colophon"><p>© 2019 Pier. All rights reserved.</p><a href="/contact">Contact</a></footer></body></html>"""
