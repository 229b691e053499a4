"""What is new between two versions of a page, by section and sentence, and what only looks new.

A sentence that stands anywhere in the other version is no change, so moved paragraphs, renamed headings and other line
breaks are none. Before sentences are compared, what changes by itself is taken away: ages, clocks, counters, lines that
say when the page was updated, and lines that lead elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from crawler.items import Section
from worker.ingest.sentences import split_sentences
from worker.models import SectionChange

_SAME_HEADING = 75  # of 100, as rapidfuzz counts
_REWRITTEN = 55
_SPELLED = 5  # letters from which one wrong letter makes a misspelling and not another word

_ZONE = r"(?: ?\(?\b(?:[ecmp][ds]?t|gmt|utc|bst|cest|cet|kst|ist|h)\b\)?)?"
_TIME = rf"(?:\d{{1,2}}[:.h]\d\d(?:[:.]\d\d)?|\d{{1,2}}(?= ?[ap]\.?m\b))(?: ?[ap]\.?m\.?)?{_ZONE}"
_AGE = (
    r"\b(?:(?:\d+|an?|a few|one|two|several) ?"
    r"(?:s|m|h|d|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?|months?) ago|just now|moments ago"
    r"|hace (?:\d+|una?|unos|pocos) (?:segundos|minutos?|horas?|días?|semanas?))\b"
    r"|\d+ ?(?:초|분|시간|일|주) 전"
)
_COUNT = (
    r"\b\d[\d.,]*[km]?\+? ?(?:(?:million|thousand) )?(?:views?|comments?|shares?|likes?|votes?|replies|reads|reactions"
    r"|retweets|visitas|comentarios|compartidos|me gusta)\b|(?:조회수?|댓글|추천|좋아요) ?:? ?\d[\d,.]*"
    r"|\b\d+ ?[- ]?(?:min(?:ute)?s?|minutos)[ -](?:read|de lectura)\b|\breading time:? \d+ min(?:ute)?s?\b"
)
_VOLATILE = re.compile(f"{_AGE}|{_COUNT}")
_CLOCK = re.compile(rf"^\W*{_TIME}\W+(?=\w)|[|([-] *{_TIME}\W*$")
_MOMENT = re.compile(
    rf"{_TIME}|{_AGE}|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|\b(?:today|yesterday|hoy|ayer|오늘|어제)\b"
    r"|\b(?:ene|abr|ago|dic)\w*|\d[\d./:-]*(?:st|nd|rd|th)?|[년월일시분]|오전|오후"
)
_STAMP = re.compile(
    r"\b(?:updated?|published|posted|modified|edited|revised|actualizad[oa]|actualización|publicad[oa])\b"
    r"|입력|수정|업데이트|등록"
)
_STAMP_WORD = re.compile(
    r"last|first|originally|recently|updated?|published?|posted|modified|edited|revised|the|this|article|story|page|post"
    r"|was|has|been|on|at|in|by|and|of|local|time|[ecmp][ds]?t|gmt|utc|bst|[ck]st|ist|cest|cet|[ap]m?|m"
    r"|última|actualización|actualizad[oa]|publicad[oa]|el|las?|del?|h|hora|기사입력|입력|수정|최종|최종수정|업데이트|등록"
)
_ELSEWHERE = re.compile(
    r"^\W*(?:(?:related|(?:also |now )?read|more|watch|see also|see more|read (?:more|next)|next|recommended|don't miss"
    r"|trending|popular|lee también|leer más|más|también|te puede interesar|tags?|topics|관련 ?기사)\s*[:|>»-]"
    r"|(?:related (?:articles?|stories|posts?|news|content)|read (?:more|also|next)|see also"
    r"|most (?:read|popular|viewed)|you (?:may|might) (?:also )?like|more from|more on this|recommended for you"
    r"|trending now|what to read next"
    r"|sign up (?:for|to)|subscribe (?:to|now|for)|follow us|share this|share on|advertisement|click here|join our"
    r"|newsletter|leave a (?:comment|reply)|comments?$|lee también|te puede interesar|noticias relacionadas"
    r"|relacionad[oa]s|관련 ?기사|많이 본|구독)\b)"
)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SAME_WORDS: Mapping[str, str] = {
    **{word: str(number) for number, word in enumerate(_NUMBERS)},
    "wont": "will not", "cant": "can not", "cannot": "can not", "its": "it is", "percent": "%", "&": "and",
}  # fmt: skip
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?|[%&$€£]")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its section's heading and what it is compared by."""

    heading: str
    text: str
    key: tuple[str, ...]


def diff_sections(old: Sequence[Section], new: Sequence[Section], language: str = "en") -> tuple[SectionChange, ...]:
    """What was taken out and put in, by section of the new version, then by sections that are gone.

    The sentences of a change that stand at the same place are an old sentence and its rewriting, as far as there are
    such pairs. Empty when nothing of substance changed.
    """
    before, after = list(_sentences(old, language)), list(_sentences(new, language))
    kept = {one.key for one in before} & {one.key for one in after}
    gone = [one for one in before if one.key not in kept]
    come = [one for one in after if one.key not in kept]
    pairs = _rewritings(gone, come)
    changed = [(one, other) for one, other in pairs if not _is_respelled(one, other)]
    paired = {id(one) for pair in pairs for one in pair}
    headings = _same_headings(old, new)
    lost = [one for one in gone if id(one) not in paired]
    added = [one for one in come if id(one) not in paired]
    return tuple(_by_section(changed, lost, added, headings))


def is_new_version(changes: Sequence[SectionChange]) -> bool:
    """Is it worth a version of its own?"""
    return any(change.old or change.new for change in changes)


def _sentences(sections: Sequence[Section], language: str) -> Iterator[_Sentence]:
    """Each different sentence that says something."""
    seen: set[tuple[str, ...]] = set()
    for section in sections:
        if section.heading and _is_noise(_plain(section.heading)):
            continue
        for line in section.text.splitlines():
            if _is_noise(_plain(line)):
                continue
            for text in split_sentences(line):
                key = _key(text, language)
                if key and key not in seen:
                    seen.add(key)
                    yield _Sentence(section.heading, text, key)


def _plain(text: str) -> str:
    """Folded, with straight quotes and dashes."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_STRAIGHT)
    return " ".join(text.split())


_STRAIGHT = str.maketrans("‘’‚“”„«»–—‐‑", "'''" + '"' * 5 + "----")


def _key(text: str, language: str) -> tuple[str, ...]:
    """The words that a sentence is compared by; () for what changes by itself."""
    plain = _plain(text)
    if _is_noise(plain):
        return ()
    words = _WORD.findall(_CLOCK.sub(" ", _VOLATILE.sub(" ", plain)))
    return tuple(_spelled_out(words)) if language.startswith("en") else tuple(words)


def _spelled_out(words: Sequence[str]) -> Iterator[str]:
    """ "won't" as "will not", "two" as "2"."""
    for word in words:
        bare = word.replace("'", "")
        if bare in _SAME_WORDS:
            yield from _SAME_WORDS[bare].split()
        elif word.endswith("n't"):
            yield from (word[:-3], "not")
        else:
            yield bare


def _is_noise(plain: str) -> bool:
    """Does the line only lead elsewhere, or say when the page was updated or how often it was seen?"""
    if not plain or _ELSEWHERE.match(plain):
        return True
    rest = set(re.findall(r"[^\W\d_]+", _MOMENT.sub(" ", _VOLATILE.sub(" ", plain))))
    if not rest:
        # A date alone may be the one that a heading announces; a clock, an age or a counter alone never is.
        return bool(_VOLATILE.search(plain) or re.fullmatch(rf".*{_TIME}.*", plain)) or not _WORD.search(plain)
    return bool(_STAMP.search(plain)) and all(_STAMP_WORD.fullmatch(word) for word in rest)


def _rewritings(gone: Sequence[_Sentence], come: Sequence[_Sentence]) -> list[tuple[_Sentence, _Sentence]]:
    """Old sentences with the new ones they became: the likest first, each once."""
    texts = [" ".join(one.key) for one in come]
    likely = [
        (score, at, found)
        for at, one in enumerate(gone)
        for _, score, found in process.extract(
            " ".join(one.key), texts, scorer=fuzz.ratio, score_cutoff=_REWRITTEN, limit=3
        )
    ]
    pairs: dict[int, int] = {}
    for _, at, found in sorted(likely, key=lambda one: (-one[0], one[1], one[2])):
        if at not in pairs and found not in pairs.values():
            pairs[at] = found
    return [(gone[at], come[pairs[at]]) for at in sorted(pairs)]


def _is_respelled(old: _Sentence, new: _Sentence) -> bool:
    """Are two sentences the same but for the spelling of long words that are not names?"""
    if len(old.key) != len(new.key):
        return "".join(old.key) == "".join(new.key)  # "spin off", "spinoff"
    differing = [(one, other) for one, other in zip(old.key, new.key, strict=True) if one != other]
    return all(_is_misspelling(one, other, old.text, new.text) for one, other in differing)


def _is_misspelling(one: str, other: str, old: str, new: str) -> bool:
    if min(len(one), len(other)) < _SPELLED or one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return False
    # Found as written, so that a capital letter (a name) does not count.
    return one in old and other in new and OSA.distance(one, other) == 1


def _same_headings(old: Sequence[Section], new: Sequence[Section]) -> dict[str, str]:
    """Old headings to those of the new version: the same first, then the likest that is left."""
    theirs = {section.heading for section in new}
    same = {section.heading: section.heading for section in old if section.heading in theirs}
    free = [heading for heading in theirs - same.keys() if heading]
    for section in old:
        if section.heading and section.heading not in same and free:
            found = process.extractOne(
                section.heading, sorted(free), scorer=fuzz.ratio, processor=_plain, score_cutoff=_SAME_HEADING
            )
            if found:
                same[section.heading] = found[0]
                free.remove(found[0])
    return same


def _by_section(
    changed: Sequence[tuple[_Sentence, _Sentence]],
    lost: Sequence[_Sentence],
    added: Sequence[_Sentence],
    headings: Mapping[str, str],
) -> Iterator[SectionChange]:
    """The changes under each heading: rewritten sentences first, in pairs."""
    olds: dict[str, list[str]] = {}
    news: dict[str, list[str]] = {}
    for one, other in changed:
        olds.setdefault(other.heading, []).append(one.text)
        news.setdefault(other.heading, []).append(other.text)
    for one in added:
        news.setdefault(one.heading, []).append(one.text)
    for one in lost:
        olds.setdefault(headings.get(one.heading, one.heading), []).append(one.text)
    for heading in {**news, **olds}:
        yield SectionChange(heading, tuple(olds.get(heading, ())), tuple(news.get(heading, ())))
