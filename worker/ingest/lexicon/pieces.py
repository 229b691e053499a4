"""What every match of a pattern must contain: looking for that first is many times cheaper than the pattern itself.

Reads the dialect of the lexicons: literals, classes, groups, look-around and quantifiers. Where it cannot tell, it says
so with None, and the pattern is simply tried.
"""

from __future__ import annotations

import re

Pieces = frozenset[str]

_TOKEN = re.compile(
    r"\\(?P<escape>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:<?[=!]|[-a-z]*:))?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{\d*(?:,\d*)?\})\??|(?P<char>.)",
    re.DOTALL,
)
_CLASSES = frozenset("wWdDsSbBAZ")
LONG = 3  # letters that make a piece worth looking for
_MOST = 60
_TELLING = 5


def every_piece(pattern: str) -> Pieces | None:
    """All lower-case texts of which every match holds at least one, however many and short; None if there are none."""
    return _Reader(pattern).alternatives()


def pieces_of(pattern: str) -> tuple[str, ...] | None:
    """Lower-case texts of which every match holds at least one; None when there are none worth looking for."""
    found = every_piece(pattern)
    if not found or len(found) > _MOST or min(map(len, found)) < LONG:
        return None
    # A piece that contains another one adds nothing to it.
    return tuple(sorted(one for one in found if not any(other != one and other in one for other in found)))


class _Reader:
    """Walks over a pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self.tokens = list(_TOKEN.finditer(pattern))
        self.at = 0

    def alternatives(self) -> Pieces | None:
        """What one of the alternatives up to the closing bracket needs; None if one of them needs nothing."""
        needs = [self.sequence()]
        while self._peek() == "bar":
            self.at += 1
            needs.append(self.sequence())
        return frozenset().union(*(need for need in needs if need)) if all(needs) else None

    def sequence(self) -> Pieces | None:
        """The most telling thing that a sequence needs."""
        needs: list[Pieces] = []
        run = ""
        while self._peek() not in ("bar", "close", ""):
            literal, need = self._atom()
            optional = self._is_optional()
            if literal and not optional and not self._repeated:
                run += literal
                continue
            needs += [frozenset({run})] if run else []
            run = literal if literal and not optional else ""
            needs += [need] if need and not optional else []
        needs += [frozenset({run})] if run else []
        return max(needs, key=_worth, default=None)

    def _atom(self) -> tuple[str, Pieces | None]:
        """The next token's literal text, or what its group needs."""
        token = self.tokens[self.at]
        self.at += 1
        if token["open"]:
            inner = self.alternatives()
            self.at += 1  # the closing bracket
            return "", None if re.fullmatch(r"\(\?<?[=!]", token["open"]) else inner
        if token["escape"]:
            return ("" if token["escape"] in _CLASSES else token["escape"].lower()), None
        char = token["char"] or ""
        return ("" if char in ".^$" else char.lower()), None

    def _is_optional(self) -> bool:
        """Reads a quantifier, if one follows: may what stands before it be missing?"""
        self._repeated = self._peek() == "repeat"
        if not self._repeated:
            return False
        token = self.tokens[self.at]
        self.at += 1
        return token["repeat"] in ("*", "?") or re.match(r"\{0?,", token["repeat"]) is not None

    def _peek(self) -> str:
        return self.tokens[self.at].lastgroup or "" if self.at < len(self.tokens) else ""


def _worth(need: Pieces) -> tuple[bool, int, int]:
    """Telling pieces first, then few of them: "scrapped" says more than " by "."""
    return min(map(len, need)) >= LONG, min(*(len(one.strip()) for one in need), _TELLING), -len(need)
