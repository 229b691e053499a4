"""A page's text as lines: paragraphs, headings, list items, each with what tells prose from furniture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lxml.html import HtmlElement

from crawler.page.dom import BLOCKS, HEADINGS, UNREAD, squeeze, word_count
from crawler.page.outline import Outline

_UNREAD = (UNREAD - {"form"}) | {"head", "object", "embed", "audio", "video", "canvas", "option", "math", "map", "nav"}
_STRONG = frozenset(("strong", "b", "em", "i"))
_KINDLESS = frozenset(("div", "p", "section"))
_KEEPS_KIND = frozenset((*HEADINGS, "li", "blockquote", "td", "th", "dd", "dt", "figcaption"))
_PROSE = 50
_DENSE, _WORDS = 20, 9
"""A line of fewer characters is prose when they make that many words, as in Japanese."""


Span = tuple[int, int]
"""The first of some lines, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class Line:
    """One block of text. `place` is where its element stands in the outline, `kind` that element's tag, or the tag of
    the list item, quote or cell that it stands in. `linked` and `strong` count the characters inside links and in bold
    or italics, `links` the links."""

    place: int
    kind: str
    text: str
    linked: int = 0
    links: int = 0
    strong: int = 0

    @property
    def prose(self) -> int:
        """The length of the text when it reads like prose, else 0."""
        length = len(self.text)
        if length < _PROSE and (length < _DENSE or self.text.isascii() or word_count(self.text) < _WORDS):
            return 0
        return length if self.linked < 0.4 * length else 0

    @property
    def only_link(self) -> bool:
        return self.links > 0 and self.linked >= 0.8 * len(self.text)


class Text:
    """The lines of a page and which of them stand in which element, with sums, so that nothing is counted twice."""

    def __init__(self, outline: Outline, lines: Sequence[Line], spans: Mapping[int, Span]) -> None:
        self.outline, self.lines, self._spans = outline, lines, spans
        prose = [line.prose for line in lines]
        self._prose = [0, *accumulate(prose)]
        self._linked = [0, *accumulate(line.linked for line in lines)]
        self._length = [0, *accumulate(len(line.text) for line in lines)]
        short = (not much and line.kind not in HEADINGS for line, much in zip(lines, prose, strict=True))
        self._short = [0, *accumulate(short)]

    def span(self, place: int) -> Span:
        """The lines of the element at this place; none for what stands inside a line."""
        return self._spans.get(place, (0, 0))

    def within(self, place: int) -> Sequence[Line]:
        start, end = self.span(place)
        return self.lines[start:end]

    def prose(self, place: int) -> int:
        return self._sum(self._prose, place)

    def linked(self, place: int) -> int:
        return self._sum(self._linked, place)

    def length(self, place: int) -> int:
        return self._sum(self._length, place)

    def short(self, place: int) -> int:
        """How many lines of the element are neither prose nor heading."""
        return self._sum(self._short, place)

    def _sum(self, sums: list[int], place: int) -> int:
        start, end = self.span(place)
        return sums[end] - sums[start]

    def without(self, places: Iterable[int]) -> Text:
        """The text without the elements at these places."""
        out = bytearray(len(self.lines))
        for start, end in map(self.span, places):
            out[start:end] = b"\1" * (end - start)
        index = [0, *accumulate(not gone for gone in out)]
        spans = {place: (index[start], index[end]) for place, (start, end) in self._spans.items()}
        return Text(self.outline, [line for line, gone in zip(self.lines, out, strict=True) if not gone], spans)


def read_text(outline: Outline, unread: Collection[HtmlElement] = ()) -> Text:
    """The lines of a page's body, but for those of menus and of the elements `unread`."""
    return _Reader(outline, unread).read()


class _Reader:
    """Walks a page once, without recursion: the markup of strangers may be nested at any depth."""

    def __init__(self, outline: Outline, unread: Collection[HtmlElement]) -> None:
        self.outline, self.unread = outline, unread
        self.lines: list[Line] = []
        self.spans: dict[int, Span] = {}
        self.parts: list[str] = []
        self.open: list[tuple[int, str]] = [(0, "body")]
        self.in_link = self.in_strong = 0
        self.linked = self.links = self.strong = 0

    def read(self) -> Text:
        elements, ends = self.outline.elements, self.outline.ends
        start = next((place for place, element in enumerate(elements) if element.tag == "body"), 0)
        open_: list[Span] = []
        place = start
        while place < ends[start]:
            while open_ and ends[open_[-1][0]] <= place:
                self._close(*open_.pop())
            element = elements[place]
            if element.tag in _UNREAD or element in self.unread:
                open_.append((place, -1))
                place = ends[place]
                continue
            open_.append((place, self._enter(str(element.tag), place)))
            if element.text:
                self._add(element.text)
            place += 1
        while open_:
            self._close(*open_.pop())
        self._flush()
        whole = (0, len(self.lines))
        return Text(self.outline, self.lines, self.spans | {0: whole, start: whole})

    def _close(self, place: int, first: int) -> None:
        """An element ends; the text behind it is its parent's. `first` is its first line, -1 when it is not read."""
        element = self.outline.elements[place]
        if first >= 0:
            self._leave(str(element.tag), place, first)
        if element.tail and self.open:
            self._add(element.tail)

    def _enter(self, tag: str, place: int) -> int:
        """Notes what opens, and returns the number of the line that comes next."""
        if tag in BLOCKS:
            if self.parts:
                self._flush()
            kind = self.open[-1][1]
            self.open.append((place, kind if kind in _KEEPS_KIND and tag in _KINDLESS else tag))
        elif tag == "br":
            self._flush()
        elif tag == "a":
            self.in_link += 1
            self.links += 1
        elif tag in _STRONG:
            self.in_strong += 1
        return len(self.lines)

    def _leave(self, tag: str, place: int, first: int) -> None:
        if tag in BLOCKS:
            if self.parts:
                self._flush()
            self.open.pop()
        elif tag == "a":
            self.in_link -= 1
        elif tag in _STRONG:
            self.in_strong -= 1
        if len(self.lines) > first:
            self.spans[place] = first, len(self.lines)

    def _add(self, text: str) -> None:
        if not self.parts and text.isspace():
            return
        self.parts.append(text)
        if self.in_link or self.in_strong:
            length = len(text.strip())
            self.linked += length if self.in_link else 0
            self.strong += length if self.in_strong else 0

    def _flush(self) -> None:
        if not self.parts:
            return
        text = squeeze("".join(self.parts))
        if text:
            self.lines.append(Line(*self.open[-1], text, self.linked, self.links, self.strong))
        self.parts.clear()
        self.linked = self.links = self.strong = 0
