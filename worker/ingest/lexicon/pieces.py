"""What every match of a pattern must contain: looking for that first is many times cheaper than the pattern itself.

Reads the dialect of the lexicons: literals, classes, groups, look-around and quantifiers. Where it cannot tell, it says
so with nothing, and the pattern is simply tried.
"""

from __future__ import annotations

import re

Pieces = frozenset[str]
Needs = tuple[Pieces, ...]

_TOKEN = re.compile(
    r"\\(?P<escape>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:<?[=!]|[-a-z]*:))?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{\d*(?:,\d*)?\})\??|(?P<char>.)",
    re.DOTALL,
)
_SET = re.compile(r"\[([^\^\\\]\-]{1,12})\]|\[(\d)-(\d)\]")  # sets that are as good as a few alternatives
_CLASSES = frozenset("wWdDsSbBAZ")
_DIGITS = "0123456789"
_COMMON_LIST = """
    the that this with and for from have has had been was were are is be it its of to in on at as by a an not no will
    de la el que en los las y con por del para
"""
_ENDINGS = (",", "s", "d", "n", "es", "ed", "en", "er", "ing")
_COMMON = frozenset(_COMMON_LIST.split())
EDGE = "\b"  # stands for the edge of a word
_LONG = 3  # letters that make a piece worth looking for beside another one
_TELLING = 5
_MOST = 4  # needs of one pattern: more of them say hardly more


def needs_of(pattern: str) -> Needs:
    """Sets of lower-case texts: every match holds at least one of each. The most telling first; none: nobody knows.

    `EDGE` before or behind a piece says that no word goes on there.
    """
    needs = [sought for need in _Reader(pattern).alternatives() if (sought := _sought(need, pattern))]
    needs.sort(key=_worth, reverse=True)
    return (*needs[:1], *(need for need in needs[1:_MOST] if _is_rare(need)))


def _sought(need: Pieces, pattern: str) -> Pieces:
    r"""What to look for: a single letter tells nothing but before a number (`S\d`), and a space nothing at all."""
    need = Pieces(map(_with_edges, need))
    single = {one for one in need if _length(one) == 1 and one.strip(EDGE).isascii() and one.strip(EDGE).isalpha()}
    written = pattern.lower().replace("(", "")
    if not all(map(_length, need)) or any(rf"{one.strip(EDGE)}\d" not in written for one in single):
        return Pieces()
    numbered = {f"{one.removesuffix(EDGE)}{digit}" for one in single for digit in _DIGITS}
    return _shortest((need - single) | numbered)


def _with_edges(piece: str) -> str:
    """A piece with the edges that words have: a "-" can stand in the midst of one."""
    bare = piece.strip(EDGE)
    before = EDGE if piece[:1] == EDGE and bare[:1].isalnum() else ""
    return before + bare.replace(EDGE, "") + (EDGE if piece[-1:] == EDGE and bare[-1:].isalnum() else "")


def _shortest(pieces: Pieces) -> Pieces:
    """Without pieces that contain another one: they add nothing to it."""
    return Pieces(one for one in pieces if not any(other != one and other in one for other in pieces))


class _Reader:
    """Walks over a pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self.tokens = list(_TOKEN.finditer(pattern))
        self.at = 0

    def alternatives(self, before: str = "", behind: str = "") -> list[Pieces]:
        """What a match of one of the alternatives up to the closing bracket needs; of several, what tells most.

        `before` and `behind` are the edges that stand around them.
        """
        needs = [self.sequence(before, behind)]
        while self._peek() == "bar":
            self.at += 1
            needs.append(self.sequence(before, behind))
        if len(needs) == 1:
            return needs[0]
        return [Pieces().union(*(max(need, key=_worth) for need in needs))] if all(needs) else []

    def sequence(self, before: str, behind: str) -> list[Pieces]:
        """All that a sequence needs."""
        needs: list[Pieces] = []
        run = before
        while self._peek() not in ("bar", "close", ""):
            literal, need, width = self._atom(_edge(run[-1:]), behind)
            optional = self._is_optional()
            if not self._repeated and (literal or not width):
                run += literal
                continue
            needs += [Pieces({run})] if run.strip(EDGE) else []
            run = literal if literal and not optional else ""
            needs += [] if optional else need
        run += behind
        return [*needs, Pieces({run})] if run.strip(EDGE) else needs

    def _atom(self, before: str, behind: str) -> tuple[str, list[Pieces], bool]:
        """The next token's literal text, or what its group needs; and whether it takes room in the text."""
        token = self.tokens[self.at]
        self.at += 1
        if token["open"]:
            inner = self.alternatives(before, self._edge_behind(behind))
            self.at += 1  # the closing bracket
            looks = re.fullmatch(r"\(\?<?[=!]", token["open"]) is not None
            return "", [] if looks else inner, not looks
        if token["set"]:
            return "", _of_set(token["set"]), True
        if token["escape"]:
            if token["escape"] == "b":
                return EDGE, [], False
            if token["escape"] == "d":
                return "", [Pieces(_DIGITS)], True
            return ("" if token["escape"] in _CLASSES else token["escape"].lower()), [], token["escape"] not in "BAZ"
        char = token["char"] or ""
        return ("" if char in ".^$" else char.lower()), [], char not in "^$"

    def _edge_behind(self, behind: str) -> str:
        """The edge behind the group that begins here: what follows it, at the end of a sequence what follows that."""
        depth, at = 1, self.at
        while depth and at < len(self.tokens):
            depth += bool(self.tokens[at]["open"]) - bool(self.tokens[at]["close"])
            at += 1
        if at >= len(self.tokens) or self.tokens[at]["close"] or self.tokens[at]["bar"]:
            return behind
        return EDGE if self.tokens[at]["escape"] == "b" else _edge(self.tokens[at]["char"] or "")

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


def _of_set(written: str) -> list[Pieces]:
    """A set of a few characters is as good as alternatives."""
    match = _SET.fullmatch(written)
    if match is None:
        return []
    return [Pieces(match[1].lower() if match[1] else _DIGITS[int(match[2]) : int(match[3]) + 1])]


def _edge(beside: str) -> str:
    """The edge of a word beside a mark or a space, as beside another edge."""
    return EDGE if beside and not beside.isalnum() and beside not in "_.^$" else ""


def _length(piece: str) -> int:
    return len(piece.strip(EDGE).strip())


def is_word(piece: str) -> bool:
    """Is a piece one whole word?"""
    return len(piece) > 1 and piece[0] == piece[-1] == EDGE and piece[1:-1].isalnum()


def _is_rare(need: Pieces) -> bool:
    """Is it worth looking for beside another need?"""
    return all(_telling(one) > _LONG or is_word(one) or one.strip(EDGE)[-1:].isdecimal() for one in need)


def _worth(need: Pieces) -> tuple[bool, int, int]:
    """Telling pieces first, then few of them: "scrapped" says more than " by ", and "axe" more than " the "."""
    shortest = min(map(_telling, need))
    return shortest > _LONG, min(shortest, _TELLING + 1), -len(need)


def _telling(piece: str) -> int:
    """The letters of a piece that say something: commas, endings and words of nearly every sentence say hardly that."""
    written = piece.replace(EDGE, "")
    if not written.strip() or piece.rstrip(EDGE).rstrip() in _ENDINGS:
        return len(written.strip()) and 1
    return 2 if _COMMON.issuperset(written.split()) else 1 + _length(piece)
