"""Repeated structures: elements of one kind that each hold an author, a time and a text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from lxml.html import HtmlElement

from crawler.comments.pieces import Parts, Reading
from crawler.comments.reading import Fields, read_fields
from crawler.page.dom import flat_text, named, names_of
from crawler.page.times import read_time

Group = list[Parts]
Weigh = Callable[[Fields, Parts], float]
"""How much an item speaks for its group: 0 for none, 3 for a name and a time."""

_ITEM = re.compile(
    r"comment|kommentar|comentario|reply|replies|respon[sc]e|message|posting|reaction|beitrag|entry|post"
)
_PARITY = re.compile(r"^(even|odd|alt|first|last|parent|new|active|clearfix|bypostauthor|byuser)$|\d")
_PARITY_END = re.compile(r"[-_]?(even|odd)$", re.I)
_UNREPEATED = frozenset([
    "p", "br", "a", "span", "img", "ol", "b", "i", "strong", "em", "time", "footer", "header", "h1", "h2", "h3",
    "h4", "h5", "h6", "button"
])  # fmt: skip
_UNNAMED = frozenset(["li", "dt", "article", "tr"])
_LARGEST_SAMPLE = 6
_MOST_GROUPS = 60
_SURE = 2.0
_CERTAIN = 3.0


def gather(elements: Iterable[HtmlElement], alike: bool = False) -> list[Group]:
    """The elements by their kind: tag, class names without parity and figures, shape of the id.

    With `alike`, the children of one parent with the same tag are of one kind, too.
    """
    kinds: dict[tuple[str, str], Group] = defaultdict(list)
    for element in elements:
        if element.tag not in _UNREPEATED and (len(element) or element.tag == "dt"):
            parts = (element, *definitions(element))
            for kind in _kinds(element, alike):
                kinds[kind].append(parts)
    once = {(group[0][0], group[-1][0], len(group)): group for group in kinds.values()}
    return [group for group in once.values() if len(group) > 1 or names_item(group[0][0])][:_MOST_GROUPS]


def _kinds(element: HtmlElement, alike: bool) -> set[tuple[str, str]]:
    tag, name = str(element.tag), element.get("id") or ""
    found: set[tuple[str, str]] = set()
    shape = re.sub(r"[0-9a-f]{8,}(-[0-9a-f]+)*|\d+", "#", name) if name else ""
    if "#" in shape and shape != "#" and tag not in ("ul", "table"):
        found.add((tag, shape))
    classes = (element.get("class") or "").split()
    words = (_PARITY_END.sub("", word) for word in classes)
    names = sorted(word for word in words if word and not _PARITY.search(word))
    if classes and not names:  # names that machines make have figures, and mean the same where they are the same
        found.add((tag, " ".join(classes[:3])))
        found.add((tag, re.sub(r"\d+", "#", classes[0])))
    if names or tag in _UNNAMED:
        found.add((tag, " ".join(names[:3])))
    found.update((tag, word) for word in names if _ITEM.search(word.lower()))
    above = element.getparent()
    if alike and above is not None:
        found.add((tag, f"in {id(above)}"))
    return found


def definitions(element: HtmlElement) -> list[HtmlElement]:
    """The `dd`s behind a `dt`, up to the next one."""
    out: list[HtmlElement] = []
    follower = element.getnext() if element.tag == "dt" else None
    while follower is not None and follower.tag != "dt":
        out.append(follower)
        follower = follower.getnext()
    return out


def names_item(element: HtmlElement) -> bool:
    """Is it named as one contribution?"""
    return named(element, _ITEM)


def best(groups: list[Group], language: str | None, weigh: Weigh) -> Group | None:
    """The group with most items that have a text and a name or a time; a lone item where nothing is repeated."""
    score, group = _highest([group for group in groups if len(group) > 1], language, weigh)
    if group is not None and score >= _SURE * len(group):
        return group
    lone = _highest([group for group in groups if len(group) == 1], language, weigh)
    return max(((score, group), lone), key=lambda found: found[0])[1]


def _highest(groups: list[Group], language: str | None, weigh: Weigh) -> tuple[float, Group | None]:
    """The best score and its group; the outermost of equals."""
    found: tuple[float, Group] | None = None
    for group in groups:
        if found is not None and _CERTAIN * len(group) * _bonus(group) <= found[0] and len(group) > 1:
            continue  # not even if all its items were certain
        score = _score(group, language, weigh)
        # of several wrappers around a lone comment the innermost is the comment
        if score and (found is None or score > _bar(score, group, *found) or len(group) == len(found[1]) == 1):
            found = score, group
    return found or (0.0, None)


def _bar(score: float, group: Group, best: float, outer: Group) -> float:
    """The score to beat. What stands inside items is mostly a part of them: a reply, a text, the box of its author."""
    around = {parts[0] for parts in outer}
    if not any(above in around for above in group[0][0].iterancestors()):
        return best
    share, wanted = score / (len(group) * _bonus(group)), best / (len(outer) * _bonus(outer))
    return best * 1.25 * max(1.0, wanted / share)


def _score(group: Group, language: str | None, weigh: Weigh) -> float:
    sample = group[:: max(1, len(group) // _LARGEST_SAMPLE)][:_LARGEST_SAMPLE]
    others = {element for parts in group for element in parts}
    weight = 0.0
    for number, parts in enumerate(sample):
        fields = read_fields(parts, others, Reading(), language)
        weight += weigh(fields, parts) if fields.text and not _links_only(fields, parts) else 0.0
        if number == 1 and not weight:
            return 0.0
    share = weight / len(sample)
    if share < 0.5 or (len(group) == 1 and share < 3):
        return 0.0
    return share * len(group) * _bonus(group)


def _bonus(group: Group) -> float:
    return 1.5 if names_item(group[0][0]) else 1.0


def weight(fields: Fields, _: Parts) -> float:
    """A name and a time make a comment; in a place for comments one of them will do, where it is so again and again."""
    if (not fields.author and not fields.published) or (len(fields.text) < 60 and read_time(fields.text)):
        return 0.0
    return _CERTAIN if fields.author and fields.published else 1.0


def _links_only(fields: Fields, parts: Parts) -> bool:
    """A text that is one link to somewhere is a pointer, not a contribution."""
    linked = (flat_text(link) for part in parts for link in part.iter("a"))
    return sum(len(text) for text in linked if text in fields.text) > 0.8 * len(fields.text)


def in_order(elements: Iterable[HtmlElement], items: Iterable[Parts]) -> Group:
    """The items as they follow each other in the page."""
    first = {parts[0]: parts for parts in items}
    return [first[element] for element in elements if element in first]


def nested_replies(group: Group, language: str | None) -> Iterator[Parts]:
    """Answers that stand inside an item in another kind of element, such as `li.reply-text`, with a name or a time."""
    own = {element for parts in group for element in parts}
    seen: set[HtmlElement] = set()
    for parts in group:
        for element in parts[0].iterdescendants("li", "div", "article"):
            if element in own or not _REPLY.search(names_of(element)):
                continue
            if weight(read_fields((element,), own, Reading(), language), parts):
                if not any(above in seen for above in element.iterancestors()):
                    yield (element,)
                seen.add(element)


_REPLY = re.compile(r"(^|[-_ ])repl(y|ies)[-_]?(text|item|body)")
