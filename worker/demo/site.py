"""A sample outlet's pages, made of the files under `pages/`, for both weeks.

`pages/OUTLET/week1/` mirrors the outlet's addresses as a web server's folder would: `a/b/index.html` is `/a/b/`. A file
under `week2/` replaces its namesake in week 2; all else stays as it was, byte for byte. Names that start with `_` are
parts, included by others. A page may begin with words between two `---` lines; `layout` names the file of `layout/`
that the page is set in. `$base` is the outlet's own address, `${NAME}` another outlet's address or an included file.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from importlib.resources.abc import Traversable

TYPES = {
    "html": "text/html; charset=UTF-8",
    "rss": "application/rss+xml; charset=UTF-8",
    "atom": "application/atom+xml; charset=UTF-8",
    "xml": "application/xml; charset=UTF-8",
    "txt": "text/plain; charset=UTF-8",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says at one address in one week."""

    body: bytes
    content_type: str
    validators: tuple[tuple[str, str], ...]


Answers = dict[str, Answer]


def answers(
    name: str, urls: Mapping[str, str], validators: Iterable[str], now: tuple[datetime, datetime]
) -> tuple[Answers, Answers]:
    """All that outlet `name` says in week 1 and in week 2, by address. What changed is dated two hours before `now`."""
    folder = files("worker.demo") / "pages" / name
    words = {**urls, "base": urls[name]}
    texts = {**texts_of(folder / "layout", "layout/"), **texts_of(folder / "week1")}
    first = week(texts, words)
    second = week({**texts, **texts_of(folder / "week2")}, words)
    changed = {address for address, page in second.items() if page != first.get(address)}
    return (
        {address: answer(page, validators, now[0]) for address, page in first.items()},
        {address: answer(page, validators, now[address in changed]) for address, page in second.items()},
    )


def answer(page: tuple[bytes, str], validators: Iterable[str], now: datetime) -> Answer:
    """What a server says of a page that last changed two hours before `now`, with these validators."""
    body, content_type = page
    possible = {
        "ETag": f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"',
        "Last-Modified": format_datetime(now - timedelta(hours=2), usegmt=True),
    }
    return Answer(body, content_type, tuple((name, possible[name]) for name in validators))


def week(texts: Mapping[str, str], words: Mapping[str, str]) -> dict[str, tuple[bytes, str]]:
    """Body and content type of every address in one week."""
    pages = ((path, _address(path)) for path in texts)
    return {address: (_page(path, texts, words), TYPES[path.rpartition(".")[2]]) for path, address in pages if address}


def _page(path: str, texts: Mapping[str, str], words: Mapping[str, str]) -> bytes:
    """One file, filled in and set in its layout."""
    own, body = _split(texts[path])
    url = words["base"] + (_address(path) or "")
    filled = _Words({**words, **own, "url": url}, texts, path.rpartition("/")[0] + "/")
    if "layout" in own:
        filled["body"] = filled.fill(body).strip()
        body = texts[f"layout/{own['layout']}"]
    return filled.fill(body).encode()


def _address(path: str) -> str | None:
    """The address of a file, None when it is only a part of others."""
    folder, _, name = path.rpartition("/")
    if path.startswith("layout/") or name.startswith("_"):
        return None
    if name.startswith("index."):
        return f"/{folder}/" if folder else "/"
    return f"/{path}"


class _Text(string.Template):
    """A template whose `${...}` may name a file."""

    braceidpattern = r"[\w./-]+"


class _Words(dict[str, str]):
    """The words of one page; a word that is none of them is a part: in the page's own folder, or in `layout/`."""

    def __init__(self, words: Mapping[str, str], texts: Mapping[str, str], folder: str) -> None:
        super().__init__(words)
        self._texts, self._folder = texts, folder

    def __missing__(self, name: str) -> str:
        places = (self._folder + name, name, f"layout/{name}")
        text = next((self._texts[place] for place in places if place in self._texts), None)
        if text is None:
            raise KeyError(name)
        return self.fill(_split(text)[1]).strip()

    def fill(self, text: str) -> str:
        """The text with its words and parts in it."""
        return _Text(text).substitute(self)


def _split(text: str) -> tuple[dict[str, str], str]:
    """A page's own words, and what follows them."""
    if not text.startswith("---\n"):
        return {}, text
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    pairs = (line.partition(": ") for line in head.splitlines())
    return {key: value for key, _, value in pairs}, body


def texts_of(folder: Traversable, prefix: str = "") -> dict[str, str]:
    """Every text under a folder, by its path there."""
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= texts_of(entry, f"{prefix}{entry.name}/")
        else:
            found[prefix + entry.name] = entry.read_text("utf-8")
    return found
