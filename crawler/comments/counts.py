"""How many comments a page says there are: "There are 10 comments", "Kommentare (3)", "댓글 5개"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.pieces import short_text
from crawler.page.dom import named, names_of, squeeze
from crawler.page.parsed import ParsedPage

_WORDS = (
    r"comments?|responses?|repl(?:y|ies)|reactions?|thoughts? on|gedanken? zu|kommentare?n?|antworten|"
    r"leser(?:kommentare?|meinung(?:en)?|briefe?)|ergänzung(?:en)?|anmerkung(?:en)?|comentarios?|respuestas?|opiniones|"
    r"commentaires?|réponses?|réactions?|avis|commenti|commento|risposte|comentários?|respostas?|reacties?|reactie|"
    r"kommentarer|kommentit|комментари\w{1,3}|yorum(?:lar)?|komentarz[ey]?|komentářů|talkbacks?"
)
_CJK = "댓글|코멘트|コメント|留言|評論|评论|回應|回应|迴響"
_WHO = r"(?:(?:reader|user|visitor|public|total|leser|nutzer)[ -])?"
_ONE = "one|an?|een|ein|eine|un|una|une|um|uma|één|один"
_NONE = "no|keine|noch keine|sin|aucun|nessun|geen|sem|nenhum|нет"
_NOT_ALL = "".join(rf"(?<!\b{word}\s)" for word in ("top", "last", "latest", "season", "letzte", "letzten", "neueste"))
_END = r"(?:$|[\s:.…)(“\"„«»,!}])"
_FIGURE = re.compile(rf"\d|^(?:{_ONE}|{_NONE})\s", re.I)
_STATED = (
    re.compile(
        rf"^{_WHO}(?:{_WORDS})\W{{1,3}}\d[\d.,]*\s*[-–]\s*\d[\d.,]*\s*(?:of|von|de|sur|di|van|/)\s*(?P<n>\d[\d.,]*)",
        re.I,
    ),
    re.compile(rf"(?:^|[\s(]){_NOT_ALL}(?P<n>\d[\d.,]*)\s*{_WHO}(?:{_WORDS}){_END}", re.I),
    re.compile(rf"^(?:{_WORDS})\s*[•·|–-]\s*(?P<n>\d[\d.,]*)$", re.I),
    re.compile(r"^insgesamt (?P<n>\d[\d.,]*) beiträge", re.I),
    re.compile(
        rf"^(?:alle|all|show|view|see|read)?\s*{_WHO}(?:{_WORDS}|discussion|diskussion)\s*[:(]?\s*[(:\[]\s*(?P<n>\d[\d.,]*)(?![\d.,]*[^\W\d])",
        re.I,
    ),
    re.compile(rf"^(?:{_WORDS})\s+(?P<n>[1-9][\d.,]*)$", re.I),
    re.compile(rf"(?:{_CJK})(?:列表|數|数| ?수)?\s*[:：(（\[【]?\s*(?P<n>\d[\d,]*)(?![\d,]*\s*[年년月월日:/.-]\d?)"),
    re.compile(rf"(?<![\d,])(?P<n>\d[\d,]*)\s*(?:개의?|件の?|[则則条條篇个個])?\s*(?:{_CJK})"),
    re.compile(rf"^(?P<one>{_ONE})\s+(?:{_WORDS}){_END}", re.I),
    re.compile(rf"^(?P<none>{_NONE})\s+(?:{_WORDS})(?!\s+(?:allowed|are|can|will)){_END}", re.I),
)
_HEADING = re.compile(rf"^\W{{0,3}}(?:the |all |alle )?{_WHO}(?:{_WORDS}|{_CJK}|discussion|diskussion)\W{{0,3}}$", re.I)
_PLACE = re.compile(
    r"comment|kommentar|kommune|comentario|comentário|commenti|reacti(on|e)|repl(y|ies)|responses?|discussion|disqus|"
    r"dsq|talkback"
)
_ELSEWHERE = re.compile(
    r"(^|[-_])(recent|latest|popular|related|teasers?|most|trending)|sidebar|footer-|share|social|widget_"
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "legend", "summary"])
_NEVER = frozenset(["script", "style", "option", "title", "meta", "textarea"])
_HEADLINES = ("headline", "heading", "title")
_THREAD_LINK = re.compile(r"#(comments|respond|disqus_thread|kommentare|kommune)")
_ANY_COUNT = re.compile(r"^(?P<n>\d[\d.,]*)(?:\s+[^\W\d]{2,20}){1,3}\s*:?$")
_LONGEST = 250
_MOST_CHILDREN = 8
_NEAR = 12


def stated_count(text: str) -> int | None:
    """How many comments a short text states; None when it states none."""
    text = squeeze(text)
    if not _FIGURE.search(text) or len(text) > _LONGEST:
        return None
    for pattern in _STATED:
        found = pattern.search(text)
        if found:
            return _number({name: value for name, value in found.groupdict().items() if value})
    return None


def names_comments(text: str) -> bool:
    """Is this the heading of a thread: "Comments", "12 Kommentare", "댓글"?"""
    return bool(_HEADING.match(text)) or stated_count(text) is not None


def _number(groups: dict[str, str]) -> int | None:
    if "one" in groups or "none" in groups:
        return 1 if "one" in groups else 0
    digits = re.sub(r"\D", "", groups.get("n", ""))
    return int(digits) if 0 < len(digits) <= 7 else None


def declared_count(page: ParsedPage, elements: Sequence[HtmlElement], shown: int = 0) -> int | None:
    """What the page itself states about its thread, nearest to the thread first; None when it states nothing.

    `shown` is how many comments the page was seen to show: a heading "48 fond notes" right above as many says so too.
    """
    inside, outline = set(elements), page.outline
    places = sorted(_worth_reading(page) | {outline.place_of[e] for e in inside})
    before: list[int] = []
    after: list[int] = []
    until, start = 0, -1
    for place in places:
        element = outline.elements[place]
        if place < until:
            continue
        if element in inside:
            start, until = (place if start < 0 else start), outline.ends[place]
        else:
            count = _count_at(element, page)
            if count is not None:
                (before if start < 0 else after).append(count)
    if before or after:
        return before[-1] if before else after[0]
    return shown if start > 0 and shown and _headed(page, start, shown) else None


def _worth_reading(page: ParsedPage) -> set[int]:
    """The places of headlines, of links to the thread, of what is named after comments or stands right in such."""
    outline = page.outline
    talk = {place for name in page.talk if _PLACE.search(name) for place in outline.names[name]}
    near = {place for place, above in enumerate(outline.above) if above in talk} if talk else set()
    heads = {place for name in outline.names if name.endswith(_HEADLINES) for place in outline.names[name]}
    tagged = [e for tag in _HEADINGS for e in outline.tags.get(tag, ())]
    tagged += [
        e for e in outline.tags.get("a", ()) if "#" in (href := e.get("href") or "") and _THREAD_LINK.search(href)
    ]
    return talk | near | heads | {outline.place_of[e] for e in tagged}


def _count_at(element: HtmlElement, page: ParsedPage) -> int | None:
    if element.tag in _NEVER or len(element) > _MOST_CHILDREN:
        return None
    count = stated_count(short_text(element, _LONGEST) or "")
    return None if count is None or _stands_elsewhere(element) or _leads_elsewhere(element, page) else count


def _stands_elsewhere(element: HtmlElement) -> bool:
    """Is it a word of a box about other discussions?"""
    above = (a for a in element.iterancestors() if a.tag not in ("body", "html") and next(a.iter("h1"), None) is None)
    return any(named(a, _ELSEWHERE) for a in (element, *above))


def _leads_elsewhere(element: HtmlElement, page: ParsedPage) -> bool:
    """Does it link to the discussion of another page?"""
    above = (e for e in islice(element.iterancestors(), 3) if e.tag == "a")
    inner = next(element.iter("a"), None)
    link = inner if inner is not None else next(above, None)
    href = (link.get("href") or "").strip() if link is not None else ""
    if not href or href.startswith(("#", "javascript:", "mailto:")):
        return False
    target, own = urlsplit(urljoin(page.url, href)), _paths(page)
    path = target.path.rstrip("/")
    if any(path == known or (known and path.startswith(known)) for known in own):
        return False
    return bool(target.fragment) or "comment" not in href


def _paths(page: ParsedPage) -> set[str]:
    """The paths of the page's own address, as it was asked for and as it says itself."""
    stated = page.tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
    urls = [page.url, *(urljoin(page.url, str(url)) for url in stated)] if isinstance(stated, list) else [page.url]
    return {urlsplit(url).path.rstrip("/") for url in urls}


def _headed(page: ParsedPage, start: int, shown: int) -> bool:
    """Does one of the headings right above the thread give this figure, whatever it calls them?"""
    for element in page.outline.elements[max(0, start - _NEAR) : start]:
        if element.tag in _HEADINGS or names_of(element).endswith(_HEADLINES):
            found = _ANY_COUNT.match(short_text(element, 60) or "")
            if found and _number(found.groupdict()) == shown:
                return True
    return False
