"""Messages put together of parts that are rendered once: a part per show and preferences, a frame per language.

A part is NAME.html and NAME.txt, filled in, the style inlined, and encoded for the wire. A frame is a message with
gaps; what belongs to one reader alone is put into the gaps line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from markupsafe import escape

from worker.mail import words
from worker.mail.message import Body, Piece, Templates, quoted_printable

MOST_BYTES = 32 << 20  # of parts that are remembered; then all are forgotten
_MOST_FILLED = 2000  # ways in which one line was filled in that are remembered
_OWN = ("why", "subject", "preheader", "quiet", "rest")  # values that hardly two readers share
_GAP = re.compile("\ue000(\\w+)\ue001")


@dataclass(frozen=True, slots=True)
class Part:
    """A rendered part in quoted-printable, whole lines."""

    html: bytes = b""
    text: bytes = b""


@dataclass(slots=True)
class _Line:
    """One line of a frame: words, and between them gaps for values; `shown`: it stands in the body of the page.

    What many readers have in it is remembered as it was filled in and encoded.
    """

    words: tuple[str, ...]  # one more than gaps
    gaps: tuple[str, ...]
    shown: bool = True
    filled: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Is it another for each reader?"""
        return any(gap in _OWN or gap.endswith("_url") for gap in self.gaps)

    def fill(self, values: Mapping[str, str], put: Callable[[str, str, bool], str]) -> bytes:
        """The line with the values in it, encoded."""
        found = tuple([values[gap] for gap in self.gaps])
        known = self.filled.get(found)
        if known is None:
            put_in = [put(gap, value, self.shown) for gap, value in zip(self.gaps, found, strict=True)]
            pairs = zip(self.words[1:], put_in, strict=True)
            known = _encoded(self.words[0] + "".join([value + word for word, value in pairs]))
            if not self.is_own and len(self.filled) < _MOST_FILLED:
                self.filled[found] = known
        return known


_Frame = tuple[bytes | _Line | str, ...]  # encoded lines, a line with gaps, or the name of the parts that stand here


class Press:
    """Renders parts and frames once, and puts messages together of them."""

    def __init__(self, templates: Templates) -> None:
        self.templates = templates
        self._parts: dict[Hashable, Part] = {}
        self._frames: dict[Hashable, tuple[_Frame, _Frame]] = {}
        self._subjects: dict[Hashable, str] = {}
        self._bytes = 0

    def part(self, name: str, key: Hashable, context: Callable[[], Mapping[str, object]]) -> Part:
        """The part NAME; `key` tells apart all that `context` may be. Raises TemplateError."""
        known = self._parts.get((name, key))
        if known is None:
            filled = context()
            html = self.templates.part(f"{name}.html", filled)
            known = Part(_encoded(html), _encoded(words.trim(self.templates.fill(f"{name}.txt", filled))))
            self._remember((name, key), known)
        return known

    def message(
        self,
        name: str,
        language: str,
        values: Mapping[str, str],
        parts: Mapping[str, Iterable[Part]],
        *,
        plain: bool = False,
    ) -> Body:
        """The message NAME with its gaps filled: `values` are words of one reader, `parts` what stands in a row.

        A text part has its values wrapped; with `plain` it is all there is. Raises TemplateError.
        """
        rows = {key: tuple(row) for key, row in parts.items()}
        there = frozenset(
            [*(key for key, value in values.items() if value), *(key for key, row in rows.items() if row)]
        )
        html, text = self._frame(name, language, there, values, rows)
        subject = self._subject(name, language, values["subject"])
        in_text = _filled(text, values, {key: [one.text for one in row] for key, row in rows.items()}, _wrapped)
        whole_text = b"".join(piece for piece, _ in in_text)
        if plain:
            return Body(subject, whole_text, pieces=in_text)
        in_html = _filled(html, values, {key: [one.html for one in row] for key, row in rows.items()}, _escaped)
        return Body(subject, whole_text, b"".join(piece for piece, _ in in_html), in_html)

    def _frame(
        self,
        name: str,
        language: str,
        there: frozenset[str],
        values: Mapping[str, str],
        rows: Mapping[str, tuple[Part, ...]],
    ) -> tuple[_Frame, _Frame]:
        known = self._frames.get((name, language, there))
        if known is None:
            gaps = {key: f"\ue000{key}\ue001" if key in there else "" for key in (*values, *rows)}
            context = {**gaps, "say": self.templates.say(language)}
            html = self.templates.whole(f"{name}/body.html", context)
            text = words.tidy(self.templates.fill(f"{name}/body.txt", context))
            known = _cut(html, rows, "<body"), _cut(text, rows, "")
            self._frames[name, language, there] = known
        return known

    def _subject(self, name: str, language: str, subject: str) -> str:
        known = self._subjects.get((name, language, subject))
        if known is None:
            context = {"subject": subject, "say": self.templates.say(language)}
            known = " ".join(self.templates.fill(f"{name}/subject.txt", context).split())
            if len(self._subjects) > 10_000:
                self._subjects.clear()
            self._subjects[name, language, subject] = known
        return known

    def _remember(self, key: Hashable, part: Part) -> None:
        self._bytes += len(part.html) + len(part.text)
        if self._bytes > MOST_BYTES:
            self._parts.clear()
            self._bytes = len(part.html) + len(part.text)
        self._parts[key] = part


def _encoded(text: str) -> bytes:
    return quoted_printable(text if not text or text.endswith("\n") else f"{text}\n")


def _cut(text: str, rows: Mapping[str, object], body: str) -> _Frame:
    """A rendered frame as encoded lines, lines with gaps, and places for parts."""
    pieces: list[bytes | _Line | str] = []
    plain: list[str] = []
    shown = not body

    def flush() -> None:
        if plain:
            pieces.append(_encoded("\n".join(plain) + "\n"))
            plain.clear()

    for line in text.removesuffix("\n").split("\n"):
        shown = shown or body in line
        if not _GAP.search(line):
            plain.append(line)
            continue
        flush()
        rest = line
        while row := next((gap for gap in _GAP.finditer(rest) if gap[1] in rows), None):
            before, rest = rest[: row.start()], rest[row.end() :]
            pieces += [_line(before, shown)] if before.strip() else []
            pieces.append(row[1])
        pieces += [_line(rest, shown)] if rest.strip() else []
    flush()
    return tuple(pieces)


def _line(template: str, shown: bool) -> _Line:
    cut = _GAP.split(template)
    return _Line(tuple(cut[::2]), tuple(cut[1::2]), shown)


def _filled(
    frame: _Frame, values: Mapping[str, str], rows: Mapping[str, list[bytes]], put: Callable[[str, str, bool], str]
) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for piece in frame:
        if isinstance(piece, bytes):
            found.append((piece, True))
        elif isinstance(piece, str):
            found += [(row, True) for row in rows[piece]]
        else:
            found.append((piece.fill(values, put), False))
    return tuple(found)


def _escaped(name: str, value: str, shown: bool) -> str:
    """A value for HTML; an address and what is hidden as they are, words that may break on a phone."""
    safe = str(escape(words.clean(value)))
    return safe if name.endswith("_url") or name == "preheader" or not shown else words.breakable_words(safe)


def _wrapped(name: str, value: str, shown: bool) -> str:
    """A value for text; an address stays whole."""
    if name.endswith("_url"):
        return value
    is_short = len(value) <= words.WIDTH and value.isascii() and value.isprintable()
    return value.strip() if is_short else words.wrap(words.clean(value))
