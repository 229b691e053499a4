"""Places in a line that may be a name: quotations, and runs of capitalised words with the small words between them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from worker.ingest.lexicon import Lexicon
from worker.ingest.names import LINKS, is_title_case

MOST_WORDS = 8
# A plain apostrophe opens a quotation only where a word cannot go on, and closes it likewise.
# The opening mark comes first and what stands before it second, so that the text is searched for the marks alone.
_GOES_ON = r"(?![가-힣ぁ-ヶ一-龥])\w"  # where words are not spaced, a particle may stand right behind: "'등대'를"
_QUOTED = re.compile(
    r"""(?:"(?<!\w")([^"\n]{2,60})"|«(?<!\w«)([^«»\n]{2,60})»|<(?<!\w<)(?:em|i)>([^<>\n]{2,60})</(?:em|i)>"""
    rf"""|\*(?<!\w\*)([^*\n]{{2,60}})\*)(?!{_GOES_ON})|[『「《〈]([^『」「《》〈〉\n]{{2,60}})[』」》〉]"""
)
_MARKS = '"«<*『「《〈'  # one of them opens what `_QUOTED` finds
_SINGLE = re.compile(rf"'(?<!\w')((?:[^'\n]|'(?={_GOES_ON})){{2,60}})'(?!{_GOES_ON})")
_CUT = re.compile(
    r"(?:'s?| (?:in|on|at|to|for|with|from|by|as|of|and|&|en|con|para|por|y|de)) (?:(?:the|a|an) )?(?=\S)"
)
_HANGUL = re.compile("[가-힣]")
_KOREAN = re.compile(r"(?:^|[.,!?…'\"\])] ?)([^.,!?…'\"\[\]()]{2,20}) $")
_ENDINGS = tuple("은는을를에며해서로와과이가고의다")
_DETERMINERS = frozenset(["all", "only", "this", "my", "our", "your"])  # news words where a headline opens with them
_SHOW = "show"
_NEAR = 40  # characters before a season
_BEFORE = 8  # characters before a word in which its sentence may start
# "The team of SLOW HARBOUR returns": two words of capitals or more in a line that is not all capitals.
_CAPITALS = re.compile(r"(?<!\S)[A-Z][A-Z0-9'&-]+(?: [A-Z0-9'&:-]{2,})+(?![\w'])")
_FEW_CAPITALS = 6  # letters; fewer are "BBC TV" and "US NBC"
_TOKEN = re.compile(r"\S+")
_CAPITAL = re.compile(r"""(?<!\S)[(\["'*«“‘¿¡]*[^\W_a-z]\S*""")
_OPENING, _ENDING = "([\"'*«“‘¿¡", ")],.;:!?\"'*»”’…"
_ABBREVIATED = re.compile(r"(?:\w\.){2,}|(?:[A-Z]|Mr|Mrs|Ms|Dr|St|vs|Jr)\.")
NO_STARTS = LINKS - {"the", "la", "el", "los", "las", "les", "le", "der"} | {"out", "up", "off"}


@dataclass(frozen=True, slots=True)
class Span:
    """A possible name with its place; `splits` are places inside where the name may begin or end instead."""

    name: str
    start: int
    end: int
    quoted: bool = False


@dataclass(slots=True)  # not frozen: there are hundreds in a text
class _Token:
    text: str
    start: int
    end: int
    opens: bool  # stands behind punctuation
    closes: str  # the punctuation behind it

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper() or self.text[0].isdigit()

    @property
    def is_link(self) -> bool:
        return self.text.casefold() in LINKS and not (self.text.isupper() and len(self.text) > 1)  # "Harbour LA"


def quotations(line: str) -> Iterator[Span]:
    """What stands in quotation marks, in the order of the line."""
    found = [*_QUOTED.finditer(line)] if any(mark in line for mark in _MARKS) else []
    found += _SINGLE.finditer(line)
    for match in sorted(found, key=re.Match[str].start) if found else ():
        group = match.lastindex or 0
        yield _span(line, match.start(group), match.end(group), quoted=True)


def capitals(line: str, lexicon: Lexicon) -> Iterator[Span]:
    """Words of capitals only, where the line is written otherwise; without the news: "HARBOUR LIGHTS SAVED"."""
    found = [*_CAPITALS.finditer(line)] if not line.isupper() else []
    if sum(match.end() - match.start() for match in found) > len(line) // 2:
        return
    for match in found:
        words = match[0].split()
        while words and is_news_word(words[-1].casefold(), lexicon):
            words.pop()
        if sum(map(str.isalpha, name := " ".join(words))) >= _FEW_CAPITALS:
            yield _span(line, match.start(), match.start() + len(name), quoted=True)


def runs(line: str, lexicon: Lexicon, is_season: Callable[[int], bool] | None = None) -> Iterator[Span]:
    """Runs of capitalised words, as long as they can be and cut at the words that end a name in a headline.

    `is_season` tells whether a season's number begins at a place of the line; without it the line is searched for them.
    """
    read = _Line(line, is_title_case(line), is_season or _seasons_of(line, lexicon), lexicon)
    run: list[_Token] = []
    end = 0  # of the capitalised word before
    for token in _capitals(line):
        links = _links(line, end, token.start) if run else []
        end = token.end + len(token.closes)
        run += links or []
        if links is None or token.opens or (run and not token.is_link and not read.begins(token, run)):
            yield from _close(line, run)
            run = []
        if run or read.begins(token, run):
            run.append(token)
        if token.closes:
            yield from _close(line, run)
            run = []
    yield from _close(line, run)


def before_season(line: str, lexicon: Lexicon) -> Iterator[Span]:
    """Korean words before a season, from the last punctuation on, if none of them has a sentence's ending."""
    for _, start, _ in lexicon.seasons.find(line) if _HANGUL.search(line, 0, _NEAR) else ():
        match = _KOREAN.search(line[max(0, start - _NEAR) : start])
        if match and not any(word.endswith(_ENDINGS) for word in match[1].split()):
            shift = max(0, start - _NEAR)
            yield Span(match[1], shift + match.start(1), shift + match.end(1))


def cuts(line: str, span: Span) -> Iterator[tuple[Span, Span]]:
    """The two parts of a name at each possessive and preposition in it: "Jane Doe's | The Ferry", "Doe | at | NBC"."""
    for match in _CUT.finditer(span.name):
        left = _span(line, span.start, span.start + match.start())
        right = _span(line, span.start + match.end(), span.end)
        if left.name and right.name:
            yield left, right


def joined(line: str, left: Span, right: Span) -> Span | None:
    """A name with its subtitle, "Harbour Lights: Second Watch", where the two stand side by side in a line."""
    if line[left.end : right.start] == ": " and not left.quoted and not right.quoted:
        return _span(line, left.start, right.end)
    return None


def _seasons_of(line: str, lexicon: Lexicon) -> Callable[[int], bool]:
    return frozenset(start for _, start, _ in lexicon.seasons.find(line)).__contains__


def _capitals(line: str) -> Iterator[_Token]:
    """The words with a capital or a digit in front."""
    for match in _CAPITAL.finditer(line):
        token = _token(match[0], match.start())
        if token.is_capital:
            yield token


def _links(line: str, start: int, end: int) -> list[_Token] | None:
    """The words between two capitalised ones if all of them are small words of names, else None."""
    if end - start == 1:
        return []
    if not all(word.casefold() in LINKS for word in line[start:end].split()):
        return None
    return [_Token(match[0], match.start(), match.end(), False, "") for match in _TOKEN.finditer(line, start, end)]


def _token(raw: str, start: int) -> _Token:
    if raw.isalnum():
        return _Token(raw, start, start + len(raw), False, "")
    body = raw.lstrip(_OPENING)
    first = start + len(raw) - len(body)
    core = body if _ABBREVIATED.fullmatch(body) else body.rstrip(_ENDING)
    core = core + "." if _ABBREVIATED.fullmatch(core + ".") and body.startswith(core + ".") else core
    return _Token(core, first, first + len(core), first > start, body[len(core) :])


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with what its words are judged by."""

    text: str
    shouted: bool
    is_season: Callable[[int], bool]
    lexicon: Lexicon

    def begins(self, token: _Token, run: Sequence[_Token]) -> bool:
        """Can this word be in a name, behind the words of `run`?"""
        return token.is_capital and not self._cuts(token, run)

    def _cuts(self, token: _Token, run: Sequence[_Token]) -> bool:
        """Is a capitalised word no part of a name: a season, a verb or news word of a headline, a sentence's start?"""
        word = token.text.casefold()
        if self.is_season(token.start) or self._counts_season(token):
            return True
        if word in LINKS or (run and run[-1].is_link):  # no verb stands behind "the" or "of"
            return False
        if word == _SHOW and any(one.text.casefold() == "the" for one in run):  # "The Harbour Show"
            return False
        before = self.text[max(0, token.start - _BEFORE) : token.start].rstrip(" \"'(")[-1:]
        starts_sentence = not run and before in ("", ".", "!", "?", ":", "-")
        if not (self.shouted or starts_sentence):
            return False
        if word in _DETERMINERS and self.text[: token.start].strip():
            return False
        if is_news_word(word, self.lexicon):
            return True
        return self.shouted and self._says_news(f" {self.text[token.start : token.end + 1]}")

    def _counts_season(self, token: _Token) -> bool:
        """Is it the number behind a "Season"?"""
        before = self.text[: token.start].rstrip()
        number = token.text.isdecimal() or token.text.casefold() in self.lexicon.seasons.numerals
        return number and bool(before) and self.is_season(before.rfind(" ") + 1)

    def _says_news(self, text: str) -> bool:
        return any(text in self.lexicon.shows[bank] for bank in ("role", "doer", "ruled", "fate"))


@functools.lru_cache(maxsize=8192)
def is_news_word(word: str, lexicon: Lexicon) -> bool:
    """Does a word begin or break off what a headline says, as no name does? Words come again: remembered."""
    return word in lexicon.shows["breaker"] or word in lexicon.shows["opener"]


def _close(line: str, run: Sequence[_Token]) -> Iterator[Span]:
    """A run without the small words at its edges."""
    first, last = 0, len(run)
    while first < last and (run[first].text[0].islower() or run[first].text.casefold() in NO_STARTS):
        first += 1
    while last > first and run[last - 1].is_link:
        last -= 1
    if first < last <= first + MOST_WORDS:
        yield _span(line, run[first].start, run[last - 1].end)


def _span(line: str, start: int, end: int, *, quoted: bool = False) -> Span:
    name = line[start:end]
    bare = name.strip(" ,.;:" if quoted else " ,;:'\"")
    last = bare.rsplit(" ", 1)[-1]
    if quoted and "." in last and _ABBREVIATED.fullmatch(f"{last}."):
        bare += "."  # 'Harbour P.D.'
    if not quoted:
        bare = bare.removesuffix("'s")
    offset = start + name.find(bare)
    return Span(bare, offset, offset + len(bare), quoted)
