"""Asks the SMTP server how it would take our mail, and hands nothing over."""

from __future__ import annotations

import contextlib
import ssl

from worker.mail.checkup import Check, State
from worker.mail.smtp_answers import why
from worker.mail.smtp_dial import Dialler
from worker.mail.smtp_server import SmtpServer, Timeouts

_SHORT = Timeouts(connect=15, command=15)  # somebody sits there and waits


def check_server(server: SmtpServer, timeouts: Timeouts = _SHORT) -> Check:
    """Connects as sending does, with its encryption and its login, and says goodbye."""
    try:
        smtp = Dialler(server, timeouts.connect)()
    except OSError as error:  # smtplib's errors are such
        return Check("connection", "wrong", why(server, error))
    tls = smtp.sock.version() if isinstance(smtp.sock, ssl.SSLSocket) else None
    encrypted = f"encrypted by {tls}" if tls else "not encrypted"
    login = f", logged in as {server.user}" if server.user else ""
    offers = ", ".join(sorted(name.upper() for name in smtp.esmtp_features)) or "nothing more"
    with contextlib.suppress(OSError):
        smtp.quit()
    is_near = server.host in ("localhost", "::1") or server.host.startswith("127.")
    state: State = "ok" if tls or is_near else "warning"
    return Check("connection", state, f"{server.place} answers, {encrypted}{login}; it offers {offers}")
