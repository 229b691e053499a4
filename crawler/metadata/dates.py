"""When an article was published and changed: what data says, what stands near the headline, what the address says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.metadata.headline import Top
from crawler.metadata.microdata import Microdata
from crawler.page.dom import flat_text, named
from crawler.page.jsonld import Node, text_of
from crawler.page.parsed import ParsedPage
from crawler.page.times import day_first, plausible, read_time

_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "article:published",
    "article_published_time", "datepublished", "date", "pubdate", "publishdate", "publish-date",
    "article.published", "sailthru.date", "parsely-pub-date", "dc.date.issued", "dcterms.created", "dcterms.issued",
    "dc.date", "dcterms.date", "publication_date", "publish_date", "pub_date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "rnews:datepublished", "article_date_original", "ptime", "pdate", "publishedtime",
    "dc.date.created", "displaydate", "originalpublicationdate", "published_at", "date.release", "citation_date",
    "citation_publication_date", "prism.publicationdate", "datecreated", "uploaddate",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified",
    "article_modified_time", "revision_date", "last_updated_date",
)  # fmt: skip
_DATED = re.compile(
    r"(^|[-_])(date|time|timestamp|datestamp|dateline|published|publish|posted|posted-?on|pubdate)([-_]|$)|date$|^date|publishe?d?date"
)
_CHANGED = re.compile(
    r"updat|modif|edited|aktualisiert|stand:|geändert|actuali[sz]|atualizad|mis à jour|aggiornat|bijgewerkt|обновлен|"
    r"수정|更新",
    re.I,
)
_BY_ADDRESS = re.compile(
    r"[/_-]((?:19|20)\d\d)([/_-]?)(1[0-2]|0?[1-9]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\2(3[01]|[12]\d|0?[1-9])(?=[/_.-]|$)",
    re.I,
)
_FIRST_SAID = re.compile(
    r"publi[sc]|posted|created|first|veröffentlicht|erstellt|erschienen|pubblic|gepubliceerd|опублик|입력|등록|公開|配信|发布|發布",
    re.I,
)
_WRITTEN = re.compile(r"\d.*\d\d", re.S)
"""What might be a whole date."""
_OF_CHANGE = re.compile(r"updat|modif")
_OF_ELSE = re.compile(r"release|air-?date|premiere|expir|event|birth|copyright")
# a line with one of these tells when a show comes, not when the article came
_EVENT = re.compile(
    r"\b(?:return|premier|releas|air|debut|start|begin|arriv|launch|stream|renew|com(?:es|ing)|set for|until|"
    r"since|born|starte|erschein|läuft|estren|vuelve|estrei|sort|diffus|arriv|esce|torna)\w*|방영|방송|공개|放送|配信|上映|播出",
    re.I,
)
_UNREAD = frozenset(["script", "style", "noscript", "h1", "h2", "h3"])
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY_FIRST_HOSTS = (".uk", ".au", ".nz", ".ie", ".in", ".za")
_SLASHED = re.compile(r"\d/\d")
_YEAR = re.compile(r"\d\d")
_LONGEST, _MOST = 120, 200


def published(
    page: ParsedPage,
    top: Top,
    main: Node,
    metas: Mapping[str, str],
    marked: Microdata,
    language: str | None,
) -> datetime | None:
    """When the page says it was published: its data, else what readers see, else its address."""
    locale = _locale(language, page.url)
    told = [text_of(main.get("datePublished")), *(metas.get(name, "") for name in _PUBLISHED)]
    told += [text_of(main.get("dateCreated")), text_of(main.get("uploadDate"))]
    address = by_address(page.url)
    return (
        _first(told, locale)
        or _first(map(_stated, marked.get("datepublished")), locale)
        or _visible(page, top, locale, address)
        or address
    )


def modified(main: Node, metas: Mapping[str, str], marked: Microdata, language: str | None) -> datetime | None:
    """When the page says it was changed last."""
    told = [text_of(main.get("dateModified")), *(metas.get(name, "") for name in _MODIFIED)]
    return _first(told, language) or _first(map(_stated, marked.get("datemodified")), language)


def by_address(url: str) -> datetime | None:
    """The day that an address holds, as in `/2024/03/09/`."""
    found = _BY_ADDRESS.search(url.split("?")[0].split("#")[0])
    if not found:
        return None
    month = found[3].lower()
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
        return plausible(datetime(int(found[1]), number, int(found[4]), tzinfo=UTC))
    except ValueError:
        return None


def _locale(language: str | None, url: str) -> str | None:
    """English is written with the day first on the hosts of some countries."""
    if (language or "en").lower() != "en":
        return language
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return language
    return "en-GB" if host.endswith(_DAY_FIRST_HOSTS) else language


def _first(texts: Iterable[str], language: str | None) -> datetime | None:
    return next((time for time in (read_time(text, language) for text in texts if text) if time), None)


def _stated(element: HtmlElement) -> str:
    return element.get("datetime") or element.get("content") or element.get("title") or flat_text(element)


# --- what readers see


def _visible(page: ParsedPage, top: Top, locale: str | None, address: datetime | None) -> datetime | None:
    """The first time around the headline, else elsewhere in an element that is named so."""
    seen: list[datetime] = []
    for text in _visible_texts(page, top):
        time = _read(text, locale, address)
        if time and address and abs((time - address).days) > 1:
            seen.append(time)  # another day than the address says: it may be that of something else
        elif time:
            return time
    return seen[0] if seen and address is None else None


def _visible_texts(page: ParsedPage, top: Top) -> Iterator[str]:
    """Texts that may state the time of publication, likeliest first; those that speak of a change last."""
    changed = []
    for text in (*_near(top), *_named(page, top)):
        first = _of_publication(text)
        if first:
            yield first
        else:
            changed.append(text)
    yield from changed


def _of_publication(text: str) -> str:
    """Of a text that tells of a change too ("Published May 6, updated May 8"), the part that does not."""
    change = _CHANGED.search(text)
    if change is None:
        return text
    label = _FIRST_SAID.search(text, change.end())
    parts = text[: change.start()], text[label.start() :] if label else ""
    return next((part for part in parts if _WRITTEN.search(part)), "")


def _near(top: Top) -> Iterator[str]:
    """Around the headline: elements for times first, then lines that hold one and tell of nothing else."""
    plain = []
    for element in top.near:
        if element.tag == "time" or _is_dated(element):
            text = element.get("datetime") or _titled(element) or _short(element)
            if _is_telling(text) and not top.beside(element):
                yield _label(element) + text
        elif element.tag not in _UNREAD and not named(element, _OF_ELSE):
            plain.append(element)
    for element in plain:
        text = " ".join(filter(None, [element.text, *(child.tail for child in element)])).strip()
        if _is_telling(text) and not _EVENT.search(text) and not top.beside(element):
            yield _label(element) + text


def _titled(element: HtmlElement) -> str:
    """A day in an element's title: what readers see of it may be "3 days ago"."""
    title = element.get("title") or ""
    return title if re.search(r"\b(?:19|20)\d\d\b", title) and read_time(title[:_LONGEST], None) else ""


def _is_telling(text: str) -> bool:
    return 5 < len(text) < _LONGEST and bool(_YEAR.search(text))


def _is_dated(element: HtmlElement) -> bool:
    return named(element, _DATED) and not named(element, _OF_ELSE)


def _named(page: ParsedPage, top: Top) -> Iterator[str]:
    """Times elsewhere: `time` elements, and elements named so."""
    called = page.outline.called(_DATED)[:_MOST]
    for element in (*page.outline.tags["time"][:_MOST], *page.outline.tags["abbr"][:_MOST], *called):
        if element.tag in ("html", "body", "article", "main") or top.beside(element):
            continue
        text = element.get("datetime") or _titled(element) or _short(element)
        if _is_telling(text) and not named(element, _OF_ELSE):
            yield _label(element) + text


def _short(element: HtmlElement) -> str:
    return flat_text(element) if len(element) < 12 and sum(1 for _ in islice(element.iter(), 40)) < 40 else ""


def _label(element: HtmlElement) -> str:
    """What stands right before a time, in its own line: "Updated"."""
    if named(element, _OF_CHANGE):
        return "updated "
    before = element.getprevious()
    above = element.getparent()
    text = (before.tail or "") if before is not None else ((above.text or "") if above is not None else "")
    if before is not None and not text.strip() and isinstance(before.tag, str) and len(before) == 0:
        text = before.text or ""
    return "updated " if _CHANGED.search(text[-40:]) else ""


def _read(text: str, locale: str | None, address: datetime | None) -> datetime | None:
    """The time in a text; of the two ways to read 3/09/15 the one that the address confirms."""
    time = read_time(text[:200], locale)
    if time and address and time.date() != address.date() and _SLASHED.search(text):
        other = read_time(text[:200], "en" if day_first(locale) else "en-GB")
        return other if other and other.date() == address.date() else time
    return time
