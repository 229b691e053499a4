"""How a connection to an SMTP server comes about: greeting, encryption, login. smtplib does that part well."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl

from worker.mail.smtp_server import SmtpServer


class Dialler:
    """Opens connections to one server, each waited for `patience` seconds.

    What is slow to find out is found out once: the name by which we greet (the name service may take seconds), and the
    authorities that are trusted (30 ms of CPU).
    """

    def __init__(self, server: SmtpServer, patience: float) -> None:
        self._server, self._patience = server, patience
        self._hello: str | None = None
        self._context: ssl.SSLContext | None = None

    def __call__(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted as asked, and logged in. Raises SMTPException, OSError."""
        smtp = self._dial()
        try:
            smtp.ehlo_or_helo_if_needed()
            self._encrypt(smtp)
            if self._server.user:
                smtp.login(self._server.user, self._server.password)
        except BaseException:
            smtp.close()
            raise
        self._hello = smtp.local_hostname
        return smtp

    def _dial(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.security == "tls":
            return smtplib.SMTP_SSL(host, port, self._hello, timeout=self._patience, context=self._trust())
        return smtplib.SMTP(host, port, self._hello, timeout=self._patience)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._server.security == "tls":
            return
        if self._server.security == "starttls" or smtp.has_extn("starttls"):
            smtp.starttls(context=self._trust())
            smtp.ehlo_or_helo_if_needed()
        elif self._server.user and not _is_loopback(self._server.host):
            raise smtplib.SMTPNotSupportedError("no encryption is offered, and a password is not sent in the open")

    def _trust(self) -> ssl.SSLContext:
        context = self._context or (_checking() if _is_checked(self._server) else _unchecking())
        self._context = context
        return context


def _is_checked(server: SmtpServer) -> bool:
    # Whoever could forge the certificate could also take STARTTLS away, so checking would only
    # keep mail from the many relays that sign for themselves. A password is worth the check.
    return server.security != "opportunistic" or bool(server.user and not _is_loopback(server.host))


def _checking() -> ssl.SSLContext:
    return ssl.create_default_context()


def _unchecking() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
