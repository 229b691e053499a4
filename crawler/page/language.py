"""Which language is a text in? What the page declares holds, unless its letters or its small words say otherwise.

Many sites declare the language of their theme, whatever an author writes in.
"""

from __future__ import annotations

import re
from collections import Counter

ENOUGH = 5  # small words that a text must have before they overrule what is declared
CLEARLY = 3  # times as many as of the declared language

_LETTERS = {
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "ja": re.compile("[\u3040-\u30ff\uff66-\uff9d]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "ru": re.compile("[\u0400-\u052f]"),
    "ar": re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
}
_SAMPLE = 2_500  # characters; an article hardly changes its language further on
_SHARE = 0.3  # of a text's letters; quoted names of other scripts are less
_FAMILIES = {"ru": {"ru", "uk", "bg", "sr", "mk", "be", "kk"}, "ar": {"ar", "fa", "ur"}, "zh": {"zh", "ja"}}
_SMALL = {
    "en": "the and of to is that with for was are this has from will",
    "es": "el los las una por con para pero más está del que en su",
    "pt": "os das uma não com para mais está dos que em pelo ao sua",
    "fr": "les des une est dans pour pas avec sur qui du et aux sont",
    "de": "der die das und nicht mit ist ein eine den von für auf dem",
    "it": "il gli della che una non per con sono nel di alla più dei",
    "nl": "het een van niet met voor zijn op dat aan ook naar bij wordt",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL.items()}


def text_language(text: str, declared: str | None) -> str | None:
    """The language of a text, as declared ("es-ES") or as found ("ko"); None when neither tells."""
    sample = text[:_SAMPLE]
    by_script = _by_script(sample)
    own = (declared or "").partition("-")[0].lower()
    if by_script:
        return declared if own in _FAMILIES.get(by_script, {by_script}) else by_script
    return _by_words(sample, own) or declared


def _by_script(text: str) -> str | None:
    if text.isascii():
        return None
    found = {language: len(letters.findall(text)) for language, letters in _LETTERS.items()}
    if found["ja"] and found["zh"]:  # Japanese is written in both
        found["ja"] += found.pop("zh")
    language = max(found, key=lambda language: found[language])
    count = found[language]
    return language if count and count > sum(map(str.isalpha, text)) * _SHARE else None


def _by_words(text: str, own: str) -> str | None:
    """The language whose small words a text is full of, if they clearly outnumber those of the declared one."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    counts = {language: sum(words[word] for word in small) for language, small in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    if own and own not in counts:
        return None
    return best if counts[best] >= ENOUGH and counts[best] >= CLEARLY * counts.get(own, 0) and best != own else None
