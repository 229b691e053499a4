"""Bytes to text, the way browsers read them; where they show rubbish, the reading that is none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

LARGEST = 5_000_000
"""Bytes of HTML that are read; what stands behind them is left unread."""

_META = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_LANGUAGE = re.compile(rb"<html[^>]{0,300}?\blang\s*=\s*[\"']?\s*([a-z]{2})", re.I)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SUPERSETS = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252",
    "us-ascii": "cp1252", "windows-1252": "cp1252", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "euckr": "cp949",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "x-sjis": "cp932", "x-euc-jp": "euc_jp", "x-gbk": "gb18030", "big5": "big5hkscs", "iso-8859-9": "cp1254",
    "utf8": "utf-8", "windows-31j": "cp932", "windows-949": "cp949", "windows-874": "cp874", "tis-620": "cp874",
}  # fmt: skip
_NO_PAGES = re.compile(r"punycode|idna|escape|undefined|utf[-_]?7|mbcs|oem")
"""Codecs of Python that are no encodings of pages; some take for ever."""

_WIDE = ("utf-16", "utf-32", "utf16", "utf32")
"""Encodings in which markup has a null byte beside each letter."""

_OF_LANGUAGE = {
    "ko": ("cp949",), "ja": ("euc_jp", "cp932"), "zh": ("gb18030", "big5hkscs"), "ru": ("cp1251",), "uk": ("cp1251",),
    "bg": ("cp1251",), "el": ("cp1253",), "tr": ("cp1254",), "pl": ("cp1250",), "cs": ("cp1250",), "hu": ("cp1250",),
    "he": ("cp1255",), "ar": ("cp1256",), "th": ("cp874",),
}  # fmt: skip
_WRONG = 0.05
"""Share of unreadable characters, among those that are not ASCII, up to which a reading is believed."""


def decode(body: bytes, charset: str | None = None) -> str:
    """The text: byte order mark first, then UTF-8 where it is valid, then what HTTP, the page and its language say.

    Text in another encoding is hardly ever valid UTF-8 by chance, so that a wrong label is overruled.
    """
    body = body[:LARGEST]
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    labels = list(_labels(body, charset))
    if not any(label.startswith((*_WIDE, "iso-2022")) for label in labels):
        labels.insert(0, "utf-8")
    return _best(body, [*labels, *_guesses(body, labels)])


def _labels(body: bytes, charset: str | None) -> Iterator[str]:
    """What HTTP says, then what the page says."""
    found = _META.search(body[:8192])
    for stated in (charset or "", found[1].decode("ascii", "replace") if found else ""):
        name = stated.strip(" \"'").lower()
        name = _SUPERSETS.get(name, name)
        wide = name.startswith(_WIDE)
        if name and "\0" not in name and not _NO_PAGES.search(name) and (not wide or b"\0" in body[:1000]):
            yield name


def _guesses(body: bytes, labels: list[str]) -> Iterator[str]:
    found = _LANGUAGE.search(body[:8192])
    yield from _OF_LANGUAGE.get(found[1].decode("ascii").lower() if found else "", ())
    yield "utf-8"
    yield "cp1252"


def _best(body: bytes, names: list[str]) -> str:
    """The first reading with hardly an unreadable character, else the one with the fewest."""
    readings: list[tuple[int, str]] = []
    for name in dict.fromkeys(names):
        try:
            text = body.decode(name, "replace")
        except (LookupError, ValueError):
            continue
        wrong = text.count("\ufffd")
        if not wrong or wrong <= _WRONG * _strange(text):
            return text
        readings.append((wrong, text))
    return min(readings, key=lambda reading: reading[0])[1]


def _strange(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))
