"""Sources: a site or feed we read, one TOML file each. Says file, line and key when one is wrong."""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from lxml import etree
from parsel.csstranslator import HTMLTranslator
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    field_validator,
)

from crawler.errors import SourceError, SourcesError
from crawler.links import bare_host

if TYPE_CHECKING:
    from tree_sitter import Node

Tier = Literal["official", "trade", "outlet", "fan", "unknown"]
Discovery = Literal["auto", "feed", "sitemap", "listing"]

BUNDLED = Path(__file__).parent / "sources"
HOME = Path("~/.local/share/watercooler")
"""Where Watercooler keeps its things when nobody says so."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(value: Any) -> timedelta:
    """A span such as "30m", "1h", "7d" or "2w". Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()) or not int(number):
        raise ValueError(f'a span like "30m", "1h", "7d" or "2w" is wanted, not {value!r}')
    return timedelta(**{_UNITS[unit]: int(number)})


Span = Annotated[
    timedelta,
    BeforeValidator(parse_span),
    PlainSerializer(lambda span: f"{int(span.total_seconds())}s", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9][0-9]*[smhdw]$", "examples": ["30m", "1h", "7d"]}),
]


_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_OUR_HEADERS = frozenset(("user-agent", "host", "cookie", "if-none-match", "if-modified-since", "content-length"))


def parse_selector(value: Any) -> str:
    """A CSS selector, or an XPath expression (it begins with `/`, `./` or `(`). Raises ValueError."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise ValueError("a CSS selector or an XPath expression is wanted")
    try:
        compile_selector(text)
    except Exception as error:  # two libraries' ways to say no
        raise ValueError(f"{text!r} is no CSS selector or XPath expression: {error}") from None
    return text


@functools.cache
def compile_selector(text: str) -> etree.XPath:
    """The selector as lxml runs it."""
    xpath = text if text.startswith(("/", "./", "(")) else HTMLTranslator().css_to_xpath(text, prefix="descendant::")
    return etree.XPath(xpath, smart_strings=False)


def engine_names() -> list[str]:
    """The comment engines that a source file can name."""
    from crawler.comments import ENGINES  # lazy: an engine reads pages, a source file is read by everybody

    return [engine.name for engine in ENGINES]


Selector = Annotated[
    str, BeforeValidator(parse_selector), WithJsonSchema({"type": "string", "examples": ["h1.headline", "//main//h1"]})
]
Variable = Annotated[str, Field(pattern=rf"^{_VARIABLE}$", examples=["MY_OUTLET_TOKEN"])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Pace(_Strict):
    """How gently a source is read."""

    delay: float = Field(1.0, ge=0, le=300, description="seconds between two requests to one host")
    concurrency: int = Field(1, ge=1, le=8, description="requests to one host at the same time")
    pages: int = Field(200, ge=1, le=10_000, description="requests in one crawl of this source, at the most")


class Listing(_Strict):
    """How a listing page is read where general evidence does not do."""

    links: Selector | None = Field(None, description="the links to articles, or elements that hold them")
    next: Selector | None = Field(None, description="the link to the next page of the listing")
    pages: int = Field(5, ge=1, le=100, description="pages of one listing in one crawl, at the most")


class Revisit(_Strict):
    """How articles that we have are looked at again: for changes, and for new comments."""

    enabled: bool = True
    first: Span = Field(timedelta(hours=1), description="shortest time between two looks at one article")
    until: Span = Field(timedelta(days=14), description="how long an article is watched after it last changed")
    live_until: Span = Field(timedelta(days=60), description="the same for live articles")
    pages: int = Field(60, ge=1, le=10_000, description="articles looked at again in one crawl, at the most")


class CommentSelectors(_Strict):
    """Where the comments of a page are; `item` matches each comment, the others are looked for inside it."""

    item: Selector = Field(description="the element of one comment")
    text: Selector | None = None
    author: Selector | None = None
    date: Selector | None = None
    next: Selector | None = Field(None, description="the link to the next page of comments")


class Select(_Strict):
    """CSS selectors or XPath expressions that win over general rules; one that matches nothing is a fault."""

    title: Selector | None = None
    body: Selector | None = Field(None, description="the element or elements that hold the article's text")
    author: Selector | None = None
    date: Selector | None = Field(None, description="the time of publication: an element's datetime, content or text")
    comments: CommentSelectors | None = None


class Source(_Strict):
    """A site or feed we read. `name` and `start_urls` suffice; everything else has a default."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)
    start_urls: list[str] = Field(min_length=1)
    title: str = Field("", description="the outlet's name as readers know it; default: the site's own, or its host")
    discovery: Discovery = "auto"
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
    tier: Tier = "unknown"
    family: str = Field("", description="owner or wire; outlets of one family corroborate each other once")
    every: Span = Field(timedelta(hours=1), description="shortest time between two crawls")
    every_max: Span = Field(timedelta(hours=12), description="longest time between two crawls, when little is new")
    pace: Pace = Pace()
    revisit: Revisit = Revisit()
    listing: Listing = Listing()
    select: Select = Select()
    comments: str = Field("auto", description='a comment engine\'s name, "auto" or "off"')
    shows: list[str] = Field([], description="shows that this source is always about")
    include: list[str] = Field([], description="only URLs that contain one of these; * stands for anything")
    exclude: list[str] = Field([], description="no URLs that contain one of these; * stands for anything")
    headers: dict[str, Variable] = Field(
        {}, description="extra headers for the source's own hosts; a value names the environment variable that has it"
    )
    cookies: dict[str, Variable] = Field(
        {}, description="cookies for the source's own hosts; a value names the environment variable that has it"
    )
    proxy: str = Field("", description='an HTTP proxy, "http://proxy.example:3128", or a variable that has it: "$NAME"')
    enabled: bool = True

    @field_validator("start_urls")
    @classmethod
    def _web_addresses(cls, urls: list[str]) -> list[str]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f'"https://…" or "http://…" is wanted, not {url!r}')
        return urls

    @field_validator("headers")
    @classmethod
    def _headers_that_may_be_set(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
                raise ValueError(f"{name!r} is no header's name")
            if name.lower() in _OUR_HEADERS:
                raise ValueError(f"{name} is set by Watercooler itself; our user agent is the setting USER_AGENT")
        return headers

    @field_validator("proxy")
    @classmethod
    def _a_proxy(cls, proxy: str) -> str:
        if proxy and not re.fullmatch(rf"https?://[^\s/]+/?|\${_VARIABLE}", proxy):
            raise ValueError('"http://proxy.example:3128" or "$NAME_OF_A_VARIABLE" is wanted')
        return proxy

    @field_validator("comments")
    @classmethod
    def _an_engine(cls, name: str) -> str:
        allowed = ["auto", "off", *engine_names()]
        if name not in allowed:
            raise ValueError(f"one of {', '.join(allowed)} is wanted")
        return name

    @functools.cached_property
    def hosts(self) -> frozenset[str]:
        """The host[:port] of each start URL."""
        return frozenset(urlsplit(url).netloc for url in self.start_urls)

    @functools.cached_property
    def sites(self) -> frozenset[str]:
        """The hosts without www: who asks one of them, asks them for all."""
        return frozenset(bare_host(netloc) for netloc in self.hosts)

    @property
    def publisher(self) -> str:
        """Whose word it is: the family, or the source itself."""
        return self.family or self.name

    def wants(self, url: str) -> bool:
        """Do the include and exclude patterns let this URL in?"""
        if any(_matches(part, url) for part in self.exclude):
            return False
        return not self.include or any(_matches(part, url) for part in self.include)


def _matches(pattern: str, url: str) -> bool:
    if "*" not in pattern:
        return pattern in url
    return re.search(".*".join(re.escape(part) for part in pattern.split("*")), url) is not None


def load_source(path: Path) -> Source:
    """Reads one source file. Raises SourcesError that names every fault with its line and key."""
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesError([SourceError(path, f"cannot be read: {error}")]) from None
    except tomllib.TOMLDecodeError as error:
        raise SourcesError([SourceError(path, f"is not TOML: {error}")]) from None
    try:
        return Source.model_validate(data)
    except ValidationError as error:
        lines = key_lines(text)
        raise SourcesError([_fault(path, lines, fault) for fault in error.errors()]) from None


def load_sources(folders: Iterable[Path]) -> tuple[dict[str, Source], list[SourceError]]:
    """All sources of the folders by name, and what is wrong with the others.

    A source of a later folder takes the place of an earlier one of its name; two files of one name in one folder are a
    fault, and the first counts.
    """
    sources: dict[str, Source] = {}
    seen: dict[str, Path] = {}
    errors: list[SourceError] = []
    for path in [path for folder in folders for path in sorted(folder.glob("*.toml"))]:
        try:
            source = load_source(path)
        except SourcesError as error:
            errors += error.errors
            continue
        if source.name in seen and seen[source.name].parent == path.parent:
            reason = f"the name {source.name!r} is taken by {seen[source.name]}; give one of them another name"
            errors.append(SourceError(path, reason, line=key_lines(path.read_text("utf-8"))["name"], key="name"))
            continue
        sources[source.name], seen[source.name] = source, path
    return sources, errors


def source_folders(home: Path, own: Path | None) -> tuple[Path, Path]:
    """Where source files are: the bundled ones, and the operator's own: a folder that is named, or one in the home."""
    return BUNDLED, (own or home / "sources").expanduser()


def key_lines(text: str) -> dict[str, int]:
    """The line (from 1) of every key of a TOML text, by dotted path: `pace.delay`, `start_urls.0`."""
    import tree_sitter_toml  # only a fault asks for lines, and loading it takes longer than reading a hundred files
    from tree_sitter import Language, Parser

    lines: dict[str, int] = {}
    tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
    table = ""
    for node in tree.root_node.named_children:
        if node.type == "pair":
            _pair_lines(node, "", lines)
        elif node.type in ("table", "table_array_element"):
            table = _key(node.named_children[0])
            lines[table] = node.start_point.row + 1
            for pair in node.named_children[1:]:
                _pair_lines(pair, table, lines)
    return lines


def _pair_lines(node: Node, prefix: str, lines: dict[str, int]) -> None:
    if node.type != "pair":
        return
    key, value = node.named_children[0], node.named_children[1]
    path = f"{prefix}.{_key(key)}" if prefix else _key(key)
    lines[path] = node.start_point.row + 1
    for number, child in enumerate(value.named_children):
        if value.type == "inline_table":
            _pair_lines(child, path, lines)
        elif value.type == "array":
            lines[f"{path}.{number}"] = child.start_point.row + 1


def _key(node: Node) -> str:
    if node.type == "dotted_key":
        return ".".join(_key(child) for child in node.named_children)
    return (node.text or b"").decode().strip("\"'")


def _fault(path: Path, lines: dict[str, int], fault: Any) -> SourceError:
    """A pydantic error as a line for a person: what was found, what is allowed."""
    key = ".".join(str(part) for part in fault["loc"])
    parents = [key.rsplit(".", n)[0] for n in range(key.count(".") + 1)]
    line = next((lines[parent] for parent in parents if parent in lines), None)
    if fault["type"] == "extra_forbidden":
        reason = _unknown(fault["loc"])
    elif fault["type"] == "missing":
        reason = f"is missing; a source needs it, e.g. {_EXAMPLES.get(key, key)}"
    else:
        wanted = fault["msg"].removeprefix("Value error, ")
        found = "" if repr(fault["input"]) in wanted else f" (found {fault['input']!r})"
        reason = wanted[:1].lower() + wanted[1:] + found
    return SourceError(path, reason, line=line, key=key)


_TABLES: dict[Any, type[BaseModel]] = {
    "pace": Pace,
    "revisit": Revisit,
    "listing": Listing,
    "select": Select,
    "comments": CommentSelectors,
}
_EXAMPLES = {"name": 'name = "my-outlet"', "start_urls": 'start_urls = ["https://my-outlet.example/"]'}


def _unknown(loc: tuple[Any, ...]) -> str:
    model: type[BaseModel] = Source
    for part in loc[:-1]:
        model = _TABLES.get(part, model)
    allowed = list(model.model_fields)
    near = difflib.get_close_matches(str(loc[-1]), allowed, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
    return f"is not a key of a source file; {hint}"
