"""What the bench's server serves: feeds and article pages, made of a fixed seed."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

NOW = datetime(2027, 3, 5, 8, tzinfo=UTC)
ENTRIES = 30
HOME = "127.0.0.1"  # stands for a feed's own host until it is asked there

_TEXT = """
    season premiere cast series story finale drama comedy network viewers episode writers studio renewed filming
    summer autumn after before again there which would their about other could first later while where never under
    actor director producer character plot twist secret island harbour lights detective family return answer night
"""
_WORDS = _TEXT.split()


def feed(links: list[str], title: str = "Screen notes", size: int = 460) -> bytes:
    """An RSS feed of these links, about 500 bytes an entry."""
    words = random.Random(title)
    items = "".join(_entry(link, number, words, size) for number, link in enumerate(links))
    head = f"<title>{title}</title><link>{links[0].rsplit('/', 2)[0]}/</link><description>News</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def _entry(link: str, number: int, words: random.Random, size: int) -> str:
    when = format_datetime(NOW - timedelta(hours=number + 1), usegmt=True)
    head = f"<title>{sentence(words)}</title><link>{link}</link><guid>{link}</guid><pubDate>{when}</pubDate>"
    text = paragraph(words, size)[: max(0, size - len(head))]
    return f"<item>{head}<description>{text}</description></item>\n"


def article(number: int) -> bytes:
    """An article page of about 60 KB as a content system makes it: menus, structured data, teasers, scripts."""
    words = random.Random(number)
    title, text = sentence(words), [paragraph(words, 500) for _ in range(14)]
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": (NOW - timedelta(minutes=number)).isoformat(),
        "author": {"@type": "Person", "name": "Ada Example"},
    }
    body = "".join(f"<p>{part}</p>\n" for part in text)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | Screen notes</title>
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<script type="application/ld+json">{json.dumps(data)}</script>
<style>{".card{margin:0;padding:1px}" * 200}</style></head>
<body><header><nav><ul>{_links(words, 60)}</ul></nav></header>
<main><article><h1>{title}</h1><div class="byline">By <a rel="author" href="/people/ada">Ada Example</a></div>
<div class="entry-content">{body}</div></article>
<aside class="related">{_teasers(words, 60)}</aside></main>
<footer><ul>{_links(words, 80)}</ul><p>Imprint</p></footer>
<script>{"var queue=queue||[];queue.push(1);" * 300}</script></body></html>""".encode()


def sentence(words: random.Random) -> str:
    """A sentence of made words, without a full stop."""
    return " ".join(words.choices(_WORDS, k=9)).capitalize()


def paragraph(words: random.Random, size: int) -> str:
    """Sentences up to about this many characters."""
    return " ".join(f"{sentence(words)}." for _ in range(max(1, size // 60)))


def _links(words: random.Random, count: int) -> str:
    return "".join(f'<li class="item"><a href="/topic/{n}/">{words.choice(_WORDS)}</a></li>\n' for n in range(count))


def _teasers(words: random.Random, count: int) -> str:
    return "".join(
        f'<div class="card teaser"><a href="/article/{9000 + n}.html"><h3>{sentence(words)}</h3></a>'
        f'<span class="date">March 4</span><p class="dek">{sentence(words)}</p></div>\n'
        for n in range(count)
    )
