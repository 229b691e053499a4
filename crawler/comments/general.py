"""Threads of software nobody told us about: a repeated structure of author, time and text in a place for comments.

It is careful before it is clever: a page without comments must give none. So it looks only into places that the page
itself calls comments, wants the same markup again and again with a name or a time in it, and passes over boxes that
point at other discussions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.comments.base import ParsedPage, ThreadPart
from crawler.comments.items import declared_count, read_items, stated_count
from crawler.comments.markup import page_language, parse_html
from crawler.comments.reading import Fields, Parts, Reading, read_fields
from crawler.dom import flat_text, named, words
from crawler.items import Comment
from crawler.times import read_time

_PLACE = re.compile(
    r"(^|[-_])(comments?|commentlist|commentslist|comment[-_]?(list|area|section|box|text|thread|container|"
    r"wrap(per)?)s?|"
    r"kommentare?|kommune|comentarios?|comentários?|commentaires?|commenti|reacties|reactions|replies|discussion|"
    r"disqus|dsq|community|talkback|leserbriefe|responses)([-_\d]|$)|comment(s|links|list)$",
    re.I,
)
_NO_PLACE = re.compile(
    r"recent|latest|popular|related|sidebar|trending|most-|count$|comments?-?(open|closed|off|on|link|form)$|"
    r"respond$|"
    r"aktuelle|neueste|letzte|meist|[uú]ltim|derni|comment(ato|ed|iert|és)s?$",
    re.I,
)
_ITEM = re.compile(
    r"comment|kommentar|comentario|reply|replies|respon[sc]e|message|posting|reaction|beitrag|entry|post", re.I
)
_PARITY = re.compile(r"^(even|odd|alt|first|last|parent|new|active|clearfix|bypostauthor|byuser|n\d+)$|\d")
_UNREPEATED = frozenset(
    [
        "p",
        "br",
        "a",
        "span",
        "img",
        "ol",
        "b",
        "i",
        "strong",
        "em",
        "time",
        "footer",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "button",
    ]
)
_NEVER_PLACES = frozenset(
    [
        "html",
        "body",
        "head",
        "script",
        "style",
        "a",
        "img",
        "i",
        "span",
        "form",
        "button",
        "label",
        "input",
        "textarea",
        "svg",
    ]
)
_LARGEST_SAMPLE = 6
_MOST_GROUPS = 60

Group = list[Parts]


class General:
    """Any repeated structure of comments in a place that the page calls so."""

    name = "general"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        places = list(_places(page.tree))
        if not places:
            return None
        language = page_language(page.tree)
        groups = _groups(places)
        best = _best(groups, language)
        items = _in_order(page.tree, best + _nested_replies(best, language)) if best else _counted(places, page)
        comments = read_items(items, page, Reading(), language)
        if not comments or (best and not _believable(comments)):
            stated = declared_count(page, ())  # no comment in the page, but perhaps a word on how many there are
            return None if stated is None else ThreadPart((), stated)
        elements = tuple(element for parts in items for element in parts)
        return ThreadPart(comments, declared_count(page, elements), elements=elements)

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"no comments at {url}")
        return part


def _places(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The outermost elements whose id or class names comments, without the boxes that point elsewhere."""
    inside: set[HtmlElement] = set()
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _NEVER_PLACES:
            continue
        if element.getparent() in inside:
            inside.add(element)
        elif _is_place(element):
            inside.add(element)
            yield element


def _is_place(element: HtmlElement) -> bool:
    if not named(element, _PLACE) or named(element, _NO_PLACE):
        return False
    if any(named(above, _NO_PLACE) for above in element.iterancestors() if above.tag != "body"):
        return False
    headline = next(element.iter("h1"), None)
    return headline is None or bool(_PLACE.search(flat_text(headline)) or stated_count(flat_text(headline)) is not None)


def _groups(places: Sequence[HtmlElement]) -> list[Group]:
    """The elements of the places by their kind: tag, class names without parity and figures, shape of the id."""
    kinds: dict[tuple[str, str], Group] = defaultdict(list)
    for place in places:
        for element in place.iter():
            if isinstance(element.tag, str) and element.tag not in _UNREPEATED:
                for kind in _kinds(element):
                    kinds[kind].append((element, *_definitions(element)))
    groups = [group for group in kinds.values() if len(group) > 1 or _names_item(group[0][0])]
    return groups[:_MOST_GROUPS]


def _kinds(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """The kinds an element belongs to: by the shape of its id, by its class names."""
    shape = re.sub(r"[0-9a-f]{8,}(-[0-9a-f]+)*|\d+", "#", element.get("id") or "")
    if "#" in shape and shape != "#" and element.tag not in ("ul", "table"):
        yield str(element.tag), shape
    names = sorted(name for name in (element.get("class") or "").split() if not _PARITY.search(name))
    if names or element.tag in ("li", "dt", "article", "tr"):
        yield str(element.tag), " ".join(names[:3])


def _definitions(element: HtmlElement) -> list[HtmlElement]:
    out: list[HtmlElement] = []
    follower = element.getnext() if element.tag == "dt" else None
    while follower is not None and follower.tag != "dt":
        out.append(follower)
        follower = follower.getnext()
    return out


def _names_item(element: HtmlElement) -> bool:
    return named(element, _ITEM)


def _best(groups: list[Group], language: str | None) -> Group | None:
    """The group with most items that have a text and a name or a time; the outermost of equals."""
    best: tuple[float, Group] | None = None
    for group in groups:
        score = _score(group, language)
        # of several wrappers around a lone comment the innermost is the comment
        if score and (best is None or score > best[0] or (score == best[0] and len(group) == 1)):
            best = score, group
    return best[1] if best else None


def _score(group: Group, language: str | None) -> float:
    others = {element for parts in group for element in parts}
    step = max(1, len(group) // _LARGEST_SAMPLE)
    sample = group[::step][:_LARGEST_SAMPLE]
    fields = [read_fields(parts, others, Reading(), language) for parts in sample]
    full = [f for f, parts in zip(fields, sample, strict=True) if f.text and not _links_only(f, parts)]
    share = sum(_weight(f) for f in full) / len(sample)
    if share < 0.5 or (len(group) == 1 and share < 3):
        return 0.0
    return share * len(group) * (1.5 if _names_item(sample[0][0]) else 1.0)


def _weight(fields: Fields) -> float:
    """A name and a time make a comment; one of them will do where it is so again and again."""
    if (not fields.author and not fields.published) or (len(fields.text) < 60 and read_time(fields.text)):
        return 0.0
    return 3.0 if fields.author and fields.published else 1.0


def _links_only(fields: Fields, parts: Parts) -> bool:
    """A text that is one link to somewhere is a pointer, not a contribution."""
    linked = (flat_text(link) for part in parts for link in part.iter("a"))
    return sum(len(text) for text in linked if text in fields.text) > 0.8 * len(fields.text)


def _nested_replies(group: Group, language: str | None) -> Group:
    """Answers that stand inside an item in another kind of element, such as `li.reply-text`, with a name or a time."""
    own = {element for parts in group for element in parts}
    found: Group = []
    for parts in group:
        for element in parts[0].iterdescendants("li", "div", "article"):
            if element in own or not re.search(r"(^|[-_])repl(y|ies)[-_]?(text|item|body)", " ".join(words(element))):
                continue
            if _weight(read_fields((element,), own, Reading(), language)):
                found.append((element,))
    return [parts for parts in found if not any((above,) in found for above in parts[0].iterancestors())]


def _counted(places: Sequence[HtmlElement], page: ParsedPage) -> Group:
    """Items without names and times, believed because there are as many of them as the page says."""
    called: dict[str, Group] = defaultdict(list)
    for place in places:
        for element in place.iter("li", "div", "article"):
            for name in set(words(element)):
                if re.search(r"(^|[-_])comment$", name):
                    called[name].append((element,))
    for group in called.values():
        if len(group) > 1 and declared_count(page, [parts[0] for parts in group]) == len(group):
            return group
    return []


def _in_order(tree: HtmlElement, items: Group) -> Group:
    first = {parts[0]: parts for parts in items}
    return [first[element] for element in tree.iter() if element in first]


def _believable(comments: Sequence[Comment]) -> bool:
    """Most have a name or a time, and they are not one text over and over."""
    if not comments:
        return False
    known = sum(bool(c.author or c.published) for c in comments)
    return known * 2 >= len(comments) and len({c.text for c in comments}) * 2 > len(comments)
