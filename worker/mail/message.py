"""How a message is made: a template folder and a context become text and HTML, and those an e-mail of fixed bytes."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import importlib.util
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import css_inline
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from worker.errors import MailError, TemplateError
from worker.mail import words
from worker.mail.phrases import ENGLISH, Phrases, load_phrases
from worker.mail.transport import wire_address

Piece = tuple[bytes, bool]  # a stretch of a part; may other readers' messages have the same?


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a message, its parts in quoted-printable. Without HTML it has one text part.

    `pieces` are the HTML, or the text where that is all, cut where it is shared; () where that is not known.
    """

    subject: str
    text: bytes
    html: bytes = b""
    pieces: tuple[Piece, ...] = ()

    @property
    def rendered(self) -> Rendered:
        """The same in words."""
        text, html = (binascii.a2b_qp(part).decode().replace("\r\n", "\n") for part in (self.text, self.html))
        return Rendered(self.subject, text, html)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. Without HTML it becomes a message of one text part."""

    subject: str
    text: str
    html: str = ""

    @property
    def body(self) -> Body:
        """The same, encoded."""
        return Body(self.subject, quoted_printable(self.text), quoted_printable(self.html) if self.html else b"")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who gets a message, from whom, and what mailing programs are told about it."""

    to: str
    sender: str  # the From field: "Watercooler <digest@watercooler.example>"
    message_id: str  # "<20240209.5f1c@mid.watercooler.example>"
    list_id: str = ""  # "weekly.watercooler.example", or with a name "Watercooler <weekly.…>"
    unsubscribe: tuple[str, ...] = ()  # the https one-click URL first if there is one, then a mailto
    one_click: bool = False
    feedback_id: str = ""
    kind: Literal["digest", "transactional"] = "digest"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. The name is ours: letters, digits, dots and hyphens."""

    name: str
    content: bytes
    kind: str = "application/json"


class Templates:
    """The message templates: those of the operator's folder first, then ours.

    `postal_address` is the operator's, for the foot of every mail; "" leaves it out.
    """

    def __init__(self, overrides: Path | None = None, postal_address: str = "") -> None:
        self._folders = [*([overrides] if overrides else []), *_installed()]
        self._environment = ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(self._folders),
            undefined=jinja2.StrictUndefined,
            autoescape=lambda name: bool(name and name.endswith(".html")),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(words.FILTERS)
        self._environment.globals["postal_address"] = " ".join(postal_address.split())
        self._inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False, minify_css=True)

    @cached_property
    def phrases(self) -> dict[str, Phrases]:
        """Our own words by language. Raises TemplateError when a file is broken."""
        return load_phrases(self._folders)

    def say(self, language: str) -> Phrases:
        """Our own words in a language; English when there is no file for it."""
        return self.phrases.get(language) or self.phrases[ENGLISH]

    def render(self, name: str, context: Mapping[str, object]) -> Rendered:
        """The message `name` in words: NAME/subject.txt, NAME/body.txt, NAME/body.html. Raises TemplateError."""
        subject, text = (self.fill(f"{name}/{part}", context) for part in ("subject.txt", "body.txt"))
        return Rendered(" ".join(subject.split()), words.tidy(text), self.whole(f"{name}/body.html", context))

    def fill(self, name: str, context: Mapping[str, object]) -> str:
        """The template NAME filled in, fit for the wire. Raises TemplateError."""
        return words.clean(self._fill(name, context))

    def part(self, name: str, context: Mapping[str, object]) -> str:
        """A part of a message in HTML, its style inlined. Raises TemplateError."""
        return words.breakable_part(self._inliner.inline_fragment(self.fill(name, context), self._style))

    def whole(self, name: str, context: Mapping[str, object]) -> str:
        """A whole message in HTML, its style inlined. Raises TemplateError."""
        return self._inliner.inline(words.breakable(self.fill(name, context)))

    @cached_property
    def _style(self) -> str:
        return self.fill("_base/style.css", {})

    def faults(self) -> tuple[int, list[str]]:
        """How many templates there are, and what is wrong with those that are none: file, line and reason."""
        names = self._environment.list_templates(extensions=["txt", "html", "css"])
        found: list[str] = []
        for name in names:
            try:
                self._environment.get_template(name)
            except Exception as error:  # whatever an operator's template does, the others are looked at
                found.append(_blame(name, error, self._folders))
        return len(names), found

    def page(self, name: str, context: Mapping[str, object]) -> str:
        """The web page pages/NAME.html, self-contained. Raises TemplateError."""
        return words.clean(self._fill(f"pages/{name}.html", context))

    def _fill(self, name: str, context: Mapping[str, object]) -> str:
        context = context if "say" in context else {**context, "say": self.say(ENGLISH)}
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:  # a template may fail in every way in which code can
            raise TemplateError(_blame(name, error, self._folders)) from error


def compose(body: Body, envelope: Envelope, *, now: datetime, attachment: Attachment | None = None) -> bytes:
    """The exact bytes to hand over. The same input gives the same bytes. Raises MailError on unfit fields."""
    to = wire_address(envelope.to)
    fields = _fields(body.subject, envelope, to, now)
    head = b"".join(_field(name, value, envelope.to, not to.isascii()) for name, value in fields.items())
    content = _part("plain", body.text)
    if body.html:
        content = _multipart("alternative", (content, _part("html", body.html)), envelope.message_id)
    if attachment:
        content = _multipart("mixed", (content, _attached(attachment, envelope.to)), f"mixed/{envelope.message_id}")
    return b"".join((head, b"MIME-Version: 1.0\r\n", content))


def quoted_printable(text: str) -> bytes:
    """Text for the wire: UTF-8 in quoted-printable, lines of 76 columns at most, CRLF (RFC 2045, section 6.7)."""
    encoded = binascii.b2a_qp(text.encode().replace(b"\r\n", b"\n"), quotetabs=False, istext=True, header=False)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _part(subtype: str, content: bytes) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + content


def _multipart(subtype: str, parts: Sequence[bytes], seed: str) -> bytes:
    """Parts one after the other (RFC 2046, section 5.1), between lines that are made of the seed."""
    # "=_" occurs neither in quoted-printable text nor in base64; the rest makes the bytes the same at each rendering.
    mark = f"=_watercooler_{hashlib.blake2b(seed.encode(), digest_size=12).hexdigest()}".encode()
    head = f"Content-Type: multipart/{subtype};\r\n boundary=".encode() + b'"' + mark + b'"\r\n'
    return head + b"".join(b"\r\n--" + mark + b"\r\n" + part for part in parts) + b"\r\n--" + mark + b"--\r\n"


def _attached(attachment: Attachment, to: str) -> bytes:
    """A file as a part (RFC 2183), in base64 in lines of 76 columns."""
    if not (_PLAIN.fullmatch(attachment.name) and _KIND.fullmatch(attachment.kind)):
        raise MailError(to, f"a file cannot be called {attachment.name!r} ({attachment.kind!r})", permanent=True)
    head = (
        f'Content-Type: {attachment.kind}; name="{attachment.name}"\r\n'
        f'Content-Disposition: attachment; filename="{attachment.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _field(name: str, value: Any, to: str, utf8: bool) -> bytes:
    """One header field, folded."""
    if isinstance(value, str) and _CONTROL.search(value):
        raise MailError(to, f"{name} holds control characters: {value[:60]!r}", permanent=True)
    if name.lower() in _VERBATIM:
        if not str(value).isascii():
            raise MailError(to, f"{name} must be ASCII: {value!r}", permanent=True)
        return f"{name}: {str(value).replace('>, <', f'>,{_LINE} <')}{_LINE}".encode("ascii")
    if name == "To" and _SIMPLE.fullmatch(str(value)):
        return f"To: {value}{_LINE}".encode()
    known = (value.display_name, value.username, value.domain) if isinstance(value, Address) else value
    return _folded(name, known, utf8)


@functools.lru_cache(maxsize=1024)
def _folded(name: str, value: Any, utf8: bool) -> bytes:
    """Most fields are the same in all messages of an issue: folding one by the library costs more than the rest."""
    message = EmailMessage(policy=EmailPolicy(linesep=_LINE, max_line_length=76, utf8=utf8))
    message[name] = Address(*value) if isinstance(value, tuple) else value
    return bytes(message.as_bytes()).partition(b"\r\n\r\n")[0] + b"\r\n"


_LINE = "\r\n"
_PLAIN, _KIND = re.compile(r"[A-Za-z0-9.-]{1,60}"), re.compile(r"[a-z]+/[a-z0-9.+-]+")
_SIMPLE = re.compile(r"[A-Za-z0-9._+-]{1,40}@[A-Za-z0-9.-]{1,40}")  # an address that is written as it is, on one line
# Identifiers and URIs are left alone: the library turns a long URI into RFC 2047 words, which no mail program reads
# as a URI (https://github.com/python/cpython/issues/85725).
_VERBATIM = frozenset(
    ["list-id", "list-unsubscribe", "list-unsubscribe-post", "message-id", "references", "in-reply-to", "feedback-id"]
)


# What could end a header field, or cannot be written in one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _fields(subject: str, envelope: Envelope, to: str, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Date": now.astimezone(UTC).replace(microsecond=0),
        "From": _sender(envelope.sender),
        "To": _address("", to, envelope.to),
        # A stranger's "=?utf-8?q?…?=" in a headline would be decoded by mail programs; a space keeps it words.
        "Subject": subject.replace("=?", "= ?"),
        "Message-ID": envelope.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if envelope.feedback_id:
        fields["Feedback-ID"] = envelope.feedback_id
    return fields | (_list_fields(envelope) if envelope.kind == "digest" else {})


def _list_fields(envelope: Envelope) -> dict[str, str]:
    """What tells mailing programs that this is a list, and how to leave it (RFC 2369, 2919, 8058)."""
    fields = {"Precedence": "bulk"}
    if envelope.list_id:
        fields["List-Id"] = envelope.list_id if "<" in envelope.list_id else f"<{envelope.list_id}>"
    if envelope.unsubscribe:
        fields["List-Unsubscribe"] = ", ".join(f"<{_uri(uri, envelope)}>" for uri in envelope.unsubscribe)
    if envelope.one_click and any(uri.lower().startswith("https://") for uri in envelope.unsubscribe):
        fields["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return fields


def _uri(uri: str, envelope: Envelope) -> str:
    if not re.fullmatch(r"[!-;=?-~]+", uri):
        raise MailError(envelope.to, f"List-Unsubscribe cannot hold {uri!r}", permanent=True)
    return uri


@functools.lru_cache(maxsize=16)
def _sender(sender: str) -> Address:
    name, address = parseaddr(sender)
    if _CONTROL.search(sender) or "=?" in sender:
        raise MailError(sender, f"From cannot be {sender!r}", permanent=True)
    return _address(name, wire_address(address), sender)


def _address(name: str, address: str, to: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        return Address(name, local, domain)
    except ValueError as error:
        raise MailError(to, f"{address} cannot be put into a message: {error}", permanent=True) from None


def _installed() -> list[Path]:
    """The folders of our templates: beside this package, in a checkout as in an installed wheel."""
    beside = Path(__file__).resolve().parents[2] / "digest_templates"
    if beside.is_dir():
        return [beside]
    found = importlib.util.find_spec("digest_templates")
    return [Path(folder) for folder in found.submodule_search_locations or ()] if found else []


def _blame(name: str, error: Exception, folders: list[Path]) -> str:
    """Which file is wrong, in which line, and why."""
    if isinstance(error, jinja2.TemplateNotFound):
        return f"{name}: there is no template {error.name!r} in {', '.join(map(str, folders))}"
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or error.name}:{error.lineno}: {error.message}"
    # Jinja2 gives its frames the names and lines of the templates.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _within(frame.filename, folders)]
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name
    return f"{place}: {type(error).__name__}: {error}"


def _within(file: str, folders: list[Path]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)
