"""Bytes to a tree, and what a page says about its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, fragment_fromstring

from crawler.page.charset import decode
from crawler.page.dom import lines
from crawler.page.outline import Outline

_DEEPEST = 600  # browsers stop at about 500
# libxml2 compares each attribute of a tag with all others, and nothing can interrupt it
_CROWDED = re.compile(
    r"""<[a-zA-Z](?>[^\s/>]*)(?:(?>[\s/]*)(?>[^\s/>=][^\s/>=]*)(?>\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*))?){5000}"""
)
_CONTROLS = bytes(code for code in range(32) if code not in (0, 9, 10, 13, 27))
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


_TALK = (
    "omment",
    "oment",
    "komm",
    "reac",
    "repl",
    "respon",
    "discuss",
    "disqus",
    "dsq",
    "talkback",
    "leserb",
    "communit",
)


@dataclass(frozen=True)
class ParsedPage:
    """One HTML page, parsed once. `html` is the decoded text; `tree` must not be changed by those who read it.

    `outline` finds elements by their names without walking the page again.
    """

    url: str
    html: str
    tree: HtmlElement

    @cached_property
    def outline(self) -> Outline:
        return Outline(self.tree)

    @cached_property
    def talk(self) -> tuple[str, ...]:
        """The class names and ids that may be about comments, for patterns that know better."""
        names = self.outline.names
        text = " ".join(names)
        stems = [stem for stem in _TALK if stem in text]
        return tuple(dict.fromkeys(name for stem in stems for name in names if stem in name))


def parse_html(body: bytes, url: str, charset: str | None = None) -> ParsedPage:
    """One page, decoded and parsed once. Raises ValueError when there is nothing to parse or it is nested madly."""
    text = _text(body, charset)
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if _CROWDED.search(bare):
        raise ValueError("has a tag with thousands of attributes")
    try:
        tree = document_fromstring(bare, parser=_parser())
    except (etree.LxmlError, AssertionError, ValueError) as error:
        raise ValueError(f"cannot be parsed as HTML: {error}") from None
    page = ParsedPage(url, text, tree) if isinstance(tree, HtmlElement) else None
    if page is None or page.outline.depth > _DEEPEST:
        raise ValueError(f"is nested more than {_DEEPEST} elements deep")
    return page


def _text(body: bytes, charset: str | None) -> str:
    """The page without characters that are none. Bytes are cleaned much faster, where they stand for letters."""
    odd = b"\0" in body or b"\x1b" in body
    text = decode(body if odd else body.translate(None, _CONTROLS), charset)
    return _NOT_TEXT.sub("", text) if odd or "\ufffe" in text or "\uffff" in text else text


def _parser() -> HTMLParser:
    """lxml.html's elements without its look-up in Python for every element."""
    parser = HTMLParser(huge_tree=True, collect_ids=False, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def page_language(tree: HtmlElement) -> str | None:
    """The language the page declares, e.g. `de` or `en-GB`."""
    stated = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang") or ""
    if not stated:
        metas = tree.xpath("//meta[@http-equiv='content-language' or @property='og:locale']/@content")
        stated = str(metas[0]) if isinstance(metas, list) and metas else ""
    found = re.match(r"[a-zA-Z]{2,3}(?:[-_][A-Za-z]{2,4})?", stated.strip())
    return found[0].replace("_", "-") if found else None


def fragment_lines(html: str) -> str:
    """The text of a piece of HTML, one block a line; for comments that services hand out as HTML."""
    if not html.strip():
        return ""
    try:
        return lines([fragment_fromstring(_NOT_TEXT.sub("", html)[:200_000], create_parent="div")])
    except (etree.LxmlError, AssertionError, ValueError):
        return ""
