"""`watercooler doctor mail`: what to publish so that other servers take our mail, and what is wrong with ours."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.output import Json, Session, emit, note, show_table
from worker.config import Settings
from worker.errors import MailError, SettingsError, UsageError
from worker.mail import open_transport
from worker.mail.checkup import Check, check_settings, check_zone
from worker.mail.dkim import DkimKey, load_keys
from worker.mail.greeting import check_server
from worker.mail.identity import Identity, Record, hints, questions, records_of
from worker.mail.smtp import SmtpTransport
from worker.mail.transport import wire_address
from worker.mail.zone import Zone, ask_zone, read_zone


def mail(
    context: typer.Context,
    zone: Annotated[
        Path | None, typer.Option(help="Compare with what this file has: a zone file, or what dig says.")
    ] = None,
    ask: Annotated[bool, typer.Option("--dns", help="Compare with what the name service says.")] = False,
    connect: Annotated[bool, typer.Option("--connect", help="Call the SMTP server, and hand nothing over.")] = False,
    as_json: Json = False,
) -> None:
    """What to publish so that other servers take our mail, and what is wrong with ours.

    Exit code 1 when something is wrong. Example: watercooler doctor mail --dns --connect
    """
    session: Session = context.obj
    identity = identity_of(session.settings)
    published = _published(identity, zone, ask)
    checks = check_settings(identity)
    checks += [check_server(identity.server)] if connect and identity.server else []
    checks += check_zone(identity, published) if published else []
    records = records_of(identity)
    if as_json:
        emit(_forms(records, checks, hints(identity)))
    else:
        _show(records, checks, identity)
        if published is None:
            note(_how_to_compare(identity))
    if any(check.state == "wrong" for check in checks):
        raise typer.Exit(1)


def identity_of(settings: Settings) -> Identity:
    """What the settings say of who sends; what cannot be used is told with the rest. Raises SettingsError."""
    address = _wire("FROM", parseaddr(settings.from_address)[1])
    domain = address.rpartition("@")[2].lower()
    bounces = _wire("BOUNCE_DOMAIN", f"bounce@{settings.bounce_domain or domain}").rpartition("@")[2].lower()
    keys, exposed, faults = _keys(settings)
    server = None
    try:
        transport = open_transport(settings.mail)
        server = transport.server if isinstance(transport, SmtpTransport) else None
    except SettingsError as error:
        faults.append(("server", str(error)))
    return Identity(address, domain, bounces, settings.public_url, server, tuple(keys), tuple(exposed), tuple(faults))


def _wire(setting: str, address: str) -> str:
    try:
        return wire_address(address)
    except MailError as error:
        raise SettingsError(f"WATERCOOLER_{setting}: {error}") from None


def _keys(settings: Settings) -> tuple[list[DkimKey], list[Path], list[tuple[str, str]]]:
    """The keys that can be used, their files that everybody can read, and what is wrong with the others."""
    keys: list[DkimKey] = []
    exposed: list[Path] = []
    faults: list[tuple[str, str]] = []
    for selector, file in settings.dkim_keys:
        try:
            keys += load_keys([(selector, file)])
        except SettingsError as error:
            faults.append(("DKIM keys", str(error)))
            continue
        if file.expanduser().stat().st_mode & 0o004:
            exposed.append(file)
    return keys, exposed, faults


def _published(identity: Identity, file: Path | None, ask: bool) -> Zone | None:
    if file and ask:
        raise UsageError("--zone and --dns: one of them is wanted")
    if file:
        try:
            return read_zone(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return ask_zone(questions(identity)) if ask else None


def _show(records: list[Record], checks: list[Check], identity: Identity) -> None:
    typer.echo("; DNS records to publish, in the form of a zone file\n")
    for record in records:
        typer.echo(f"; {record.why}\n{record.line}\n")
    show_table("Checks", ["", "what", "found"], [(check.state, check.name, check.says) for check in checks])
    typer.echo("")
    show_table("See to", ["what", "how"], hints(identity))


def _how_to_compare(identity: Identity) -> str:
    asked = " ".join(f"{name} {kind}" for name, kind in questions(identity))
    return (
        "Nothing was compared with what is published. Ask the name service with `watercooler doctor mail --dns`, or:\n"
        f"  dig +noall +answer {asked} > published.txt\n"
        "  watercooler doctor mail --zone published.txt"
    )


def _forms(records: list[Record], checks: list[Check], advice: list[tuple[str, str]]) -> list[dict[str, object]]:
    published: list[dict[str, object]] = [
        {
            "what": "record",
            "name": record.name,
            "type": record.kind,
            "value": record.value,
            "line": record.line,
            "why": record.why,
        }
        for record in records
    ]
    looked_at: list[dict[str, object]] = [
        {"what": "check", "check": check.name, "state": check.state, "says": check.says} for check in checks
    ]
    advised: list[dict[str, object]] = [{"what": "hint", "topic": topic, "says": says} for topic, says in advice]
    return [*published, *looked_at, *advised]
