"""How a message is made: a template folder and a context become text and HTML, and those an e-mail of fixed bytes."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import traceback
from collections.abc import Mapping
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
from worker.mail.transport import wire_address, wire_lines


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. Without HTML it becomes a message of one text part."""

    subject: str
    text: str
    html: str = ""


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


class Templates:
    """The message templates: those of the operator's folder first, then ours."""

    def __init__(self, overrides: Path | None = None) -> None:
        self._folders = [*([overrides] if overrides else []), *_installed()]
        self._environment = ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(self._folders),
            undefined=jinja2.StrictUndefined,
            autoescape=lambda name: bool(name and name.endswith(".html")),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(words.FILTERS)
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
        subject, text, html = (
            words.clean(self._fill(f"{name}/{part}", context)) for part in ("subject.txt", "body.txt", "body.html")
        )
        return Rendered(" ".join(subject.split()), words.tidy(text), self._inliner.inline(words.breakable(html)))

    def page(self, name: str, context: Mapping[str, object]) -> str:
        """The web page pages/NAME.html, self-contained. Raises TemplateError."""
        return words.clean(self._fill(f"pages/{name}.html", context))

    def _fill(self, name: str, context: Mapping[str, object]) -> str:
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:  # a template may fail in every way in which code can
            raise TemplateError(_blame(name, error, self._folders)) from error


def compose(rendered: Rendered, envelope: Envelope, *, now: datetime) -> EmailMessage:
    """The message with all its fields. The same input gives the same bytes. Raises MailError on unfit fields."""
    to = wire_address(envelope.to)
    message = EmailMessage(policy=_Policy(linesep="\r\n", max_line_length=76, utf8=not to.isascii()))
    for name, value in _fields(rendered, envelope, to, now).items():
        if isinstance(value, str) and _CONTROL.search(value):
            raise MailError(envelope.to, f"{name} holds control characters: {value[:60]!r}", permanent=True)
        if name.lower() in _VERBATIM and not str(value).isascii():
            raise MailError(envelope.to, f"{name} must be ASCII: {value!r}", permanent=True)
        message[name] = value
    message.set_content(rendered.text, charset="utf-8", cte="quoted-printable")
    if rendered.html:
        message.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="quoted-printable")
        # "=_" cannot occur in quoted-printable text; the rest makes the bytes the same at each rendering.
        mark = hashlib.blake2b(envelope.message_id.encode(), digest_size=12).hexdigest()
        message.set_boundary(f"=_watercooler_{mark}")
    return message


def freeze(message: EmailMessage) -> bytes:
    """The exact bytes to hand over, with CRLF."""
    return wire_lines(message.as_bytes())


_VERBATIM = frozenset(
    ["list-id", "list-unsubscribe", "list-unsubscribe-post", "message-id", "references", "in-reply-to", "feedback-id"]
)


# What could end a header field, or cannot be written in one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class _Policy(EmailPolicy):
    """A policy that leaves identifiers and URIs alone.

    The stock one turns a long URI into RFC 2047 words, which no mail program reads as a URI
    (https://github.com/python/cpython/issues/85725).
    """

    def fold(self, name: str, value: Any) -> str:
        return self._whole(name, value) if name.lower() in _VERBATIM else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _VERBATIM:
            return self._whole(name, value).encode("ascii")
        return super().fold_binary(name, value)

    def _whole(self, name: str, value: Any) -> str:
        """One field, folded between its URIs only."""
        return f"{name}: {str(value).replace('>, <', f'>,{self.linesep} <')}{self.linesep}"


def _fields(rendered: Rendered, envelope: Envelope, to: str, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Date": now.astimezone(UTC).replace(microsecond=0),
        "From": _sender(envelope),
        "To": _address("", to, envelope),
        # A stranger's "=?utf-8?q?…?=" in a headline would be decoded by mail programs; a space keeps it words.
        "Subject": rendered.subject.replace("=?", "= ?"),
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


def _sender(envelope: Envelope) -> Address:
    name, address = parseaddr(envelope.sender)
    if _CONTROL.search(envelope.sender) or "=?" in envelope.sender:
        raise MailError(envelope.to, f"From cannot be {envelope.sender!r}", permanent=True)
    return _address(name, wire_address(address), envelope)


def _address(name: str, address: str, envelope: Envelope) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        return Address(name, local, domain)
    except ValueError as error:
        raise MailError(envelope.to, f"{address} cannot be put into a message: {error}", permanent=True) from None


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
