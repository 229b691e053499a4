"""The filters that templates write with: wrapped text, quotations, addresses that are safe to link."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

WIDTH = 72
# What neither mail nor page may hold: control characters but line feed and tab, and halves of surrogate pairs.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_SHOWN = re.compile(r">[^<>]+<")  # what stands between two tags
_LONG = re.compile(r"(?:&#?\w+;|[^\s<>&]){21,}")
_TEN = re.compile(r"(?:&#?\w+;|[^\s<>&]){10}(?!$)")


def clean(text: str) -> str:
    """Text without characters that cannot be sent or shown. Line ends become LF."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def web(url: str | None) -> str:
    """The URL when it is one of the web, else "": a stranger's `javascript:` never becomes a link."""
    if not url or re.search(r"[\s\x00-\x1f\x7f<>\"]", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


def quoted(text: str) -> str:
    """A quotation in quotation marks, unless it brings its own."""
    return text if re.search(r"[\"“”„«»]", text) else f"“{text}”"


def unbroken(text: str) -> str:
    """Words that stay on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def breakable(html: str) -> str:
    """HTML whose very long words may break, so that no phone has to scroll sideways.

    Zero-width spaces, because each of `overflow-wrap`, `word-break` and `<wbr>` is unknown to some mail program.
    """
    head, body, rest = html.partition("<body")
    return head + body + breakable_part(rest)


def breakable_part(html: str) -> str:
    """The same for a part of a page."""
    return _SHOWN.sub(lambda shown: breakable_words(shown[0]), html)


def breakable_words(text: str) -> str:
    """The same for escaped text."""
    return _LONG.sub(_with_breaks, text)


def _with_breaks(word: re.Match[str]) -> str:
    return _TEN.sub(r"\g<0>&#8203;", word[0])


def mailto(address: str) -> str:
    """An address as a mailto URI; a URI stays as it is."""
    return address if address.lower().startswith("mailto:") else f"mailto:{address}"


def mailbox(uri: str) -> str:
    """The bare address of a mailto URI, for reading."""
    return re.sub(r"(?i)^mailto:", "", uri).partition("?")[0]


def wrap(text: str, indent: str = "", hang: str | None = None) -> str:
    """One paragraph in lines of 72 columns; `hang` indents all lines but the first."""
    rest = " " * len(indent) if hang is None else hang
    words = " ".join(str(text).split())
    # An address in the text stays whole, even where it is longer than the line.
    return textwrap.fill(
        words,
        _characters(words),
        initial_indent=indent,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _characters(text: str) -> int:
    """How many of a text's characters fill a line: those of East Asia are two columns wide."""
    if text.isascii():
        return WIDTH
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return max(24, WIDTH * len(text) // (len(text) + wide))


def trim(text: str) -> str:
    """A part of a text without stray blanks; empty lines before it stay, those behind it go."""
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    lines = re.sub(r"\n{3,}", "\n\n", lines).rstrip("\n")
    return f"{lines}\n" if lines.strip() else ""


def tidy(text: str) -> str:
    """A text part without stray blanks and with at most one empty line at a time."""
    # The line "-- " keeps its blank: by it mail programs know the footer.
    lines = [line if line == "-- " else line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


FILTERS: dict[str, Callable[..., Any]] = {
    filter_.__name__: filter_ for filter_ in (web, quoted, unbroken, mailto, mailbox, wrap)
}
