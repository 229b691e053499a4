"""How a message looks and how it is carried. `open_transport` reads WATERCOOLER_MAIL_URL."""

from __future__ import annotations

from pathlib import Path

from worker.errors import SettingsError
from worker.mail.console import ConsoleTransport
from worker.mail.maildir import MaildirTransport
from worker.mail.pace import Pace
from worker.mail.pace_shared import Share
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_server import Limits, read_smtp_url
from worker.mail.transport import Transport

_FORMS = (
    "WATERCOOLER_MAIL_URL {reason}; maildir:/FOLDER, console:, or smtp://, smtp+starttls:// or smtps:// with "
    "[user:password@]host[:port] is wanted (write @ : / in a password as %40 %3A %2F)"
)


def open_transport(url: str, limits: Limits | None = None, share: Share | None = None) -> Transport:
    """The transport that the URL names. Raises SettingsError, which never repeats a password.

    `limits` are for SMTP; with `share` (see `Broker.share`) its rates hold for all processes together.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir" and rest.strip("/"):
        return MaildirTransport(Path("/" + rest.lstrip("/") if rest.startswith("/") else rest))
    if scheme == "console":
        return ConsoleTransport()
    if scheme in ("smtp", "smtps", "smtp+starttls"):
        try:
            limits = limits or Limits()
            pace = Pace(limits.rate, limits.rate_per_host, share=share)
            return SmtpTransport(read_smtp_url(url), limits=limits, pace=pace)
        except ValueError as error:
            raise SettingsError(_FORMS.format(reason=f"({scheme}) {error}")) from None
    reason = "names no folder after maildir:" if scheme == "maildir" else _unknown(url)
    raise SettingsError(_FORMS.format(reason=reason))


def _unknown(url: str) -> str:
    # Without a colon the whole text might be anything, a password too; so only a scheme is repeated.
    scheme, colon, _ = url.partition(":")
    return f"has the unknown scheme {scheme[:20]!r}" if colon else "has no scheme"
