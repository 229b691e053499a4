"""`watercooler doctor`: what is wrong with an installation, and what is to be done. Here everything is asked."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import available_timezones

import typer
from dotenv import dotenv_values
from pydantic import SecretStr

from crawler.source import load_sources
from worker import installation
from worker.celery import QUEUES
from worker.celery import app as celery
from worker.cli import doctor_mail
from worker.cli.output import Json, Session, emit, note
from worker.config import PREFIX, Settings
from worker.errors import BrokerError, SettingsError
from worker.guard import carrying
from worker.installation import Check, Folder, Sources
from worker.mail.checkup import check_settings as check_mail_settings
from worker.store import Store
from worker.store.engine import open_engine
from worker.store.facts import Facts, look_at
from worker.store.sources import WELL
from worker.trouble import line_of

_PING = 1.5  # seconds in which workers are to answer
_SECRET = ("_URL", "_KEY", "_TOKEN")  # how settings end that may hold a password

app = typer.Typer(invoke_without_command=True)
app.command("mail")(doctor_mail.mail)


@app.callback()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Checks the whole installation, a line a check, and says what to do. Changes nothing in the database.

    Exit code 1 when something is wrong. Example: watercooler doctor
    """
    if context.invoked_subcommand:
        return
    found = list(_checks(context.obj))
    if as_json:
        emit({"what": one.what, "state": one.state, "found": one.found, "todo": one.todo} for one in found)
    else:
        for one in found:
            typer.echo(f"{one.state:<10}  {one.what:<11}  {one.found}{f' -> {one.todo}' if one.todo else ''}")
    wrong = sum(one.state == "wrong" for one in found)
    look = sum(one.state == "look at it" for one in found)
    note(f"{wrong} wrong, {look} to look at, {len(found) - wrong - look} fine")
    if wrong:
        raise typer.Exit(1)


def _checks(session: Session) -> Iterator[Check]:
    settings, scaled = session.settings, bool(session.settings.broker_url)
    yield installation.check_program(version("watercooler"), sys.version_info[:3])
    yield from _settings(settings)
    folder = _folder(settings)
    yield installation.check_folder(folder)
    yield installation.check_key(folder, is_set=bool(settings.secret_key.get_secret_value()), scaled=scaled)
    facts = look_at(settings.database, lambda: datetime.now(UTC))
    yield from installation.check_database(facts, scaled=scaled)
    yield installation.check_clock(facts, settings.clock)
    yield installation.check_zones(len(available_timezones()), settings.zone)
    yield from _queues(session)
    yield from _reading(session, facts)
    yield from installation.check_templates(*session.kit.services.templates.faults())
    yield _mail(settings)
    yield installation.check_public_url(settings.public_url)
    yield installation.check_token([name for name, _ in settings.api_tokens])


def _settings(settings: Settings) -> list[Check]:
    """What is set and where, a secret without its value, and names that are no setting."""
    file = {name.upper(): value for name, value in dotenv_values(".env").items() if value}
    given = {name.upper() for name, value in os.environ.items() if value}
    known = {str(field.alias or PREFIX + name.upper()): name for name, field in Settings.model_fields.items()}
    named = {
        variable: ("environment" if variable in given else ".env", _shown(variable, getattr(settings, name)))
        for variable, name in known.items()
        if variable in given or variable in file
    }
    unknown = sorted(name for name in given | file.keys() if name.startswith(PREFIX) and name not in known)
    return installation.check_settings(named, unknown, sorted(known))


def _shown(variable: str, value: object) -> str:
    if isinstance(value, SecretStr) or (variable.endswith(_SECRET) and variable != f"{PREFIX}PUBLIC_URL"):
        return "set"
    return str(os.environ.get(variable) or value)


def _folder(settings: Settings) -> Folder:
    path = settings.folder
    try:
        settings.make_folder()
        fault = "" if os.access(path, os.W_OK | os.X_OK) else "cannot be written to"
        key = path / "secret.key"
        seen = key.stat() if key.exists() else None
        free = shutil.disk_usage(path).free
    except (SettingsError, OSError) as error:
        return Folder(path, line_of(error) or str(error), 0, None)
    return Folder(path, fault, free, seen and seen.st_mode & 0o777, seen is None or seen.st_uid == os.geteuid())


def _queues(session: Session) -> Iterator[Check]:
    """The broker, and, when it answers, who listens to its queues."""
    broker = session.kit.services.broker
    if broker is None:
        yield from installation.check_broker("", ())
        return
    faults = broker.faults()
    yield from installation.check_broker(broker.place, faults)
    if any(fault.what == "broker" for fault in faults):
        return
    try:
        waiting, listening = broker.queue_lengths(QUEUES), listeners()
    except BrokerError as error:
        yield Check("queues", "wrong", str(error), "see what is said of the broker")
        return
    yield from installation.check_workers(QUEUES, listening, waiting)


def listeners() -> dict[str, int]:
    """How many workers listen to each queue; they are asked, and waited for a moment. Raises BrokerError."""
    with carrying():
        answers = celery.control.inspect(timeout=_PING).active_queues() or {}
    return Counter(queue["name"] for queues in answers.values() for queue in queues)


def _reading(session: Session, facts: Facts) -> Iterator[Check]:
    """The tick, and the sources as the database knows them; without one, what the files say."""
    settings = session.settings
    sources, errors = load_sources(settings.source_folders)
    on = {name for name, source in sources.items() if source.enabled}
    faults = [f"{error}" for error in errors]
    if facts.fault or facts.schema != facts.wanted:
        yield from installation.check_sources(Sources(len(on), len(sources) - len(on), faults, ()))
        return
    store = Store(open_engine(settings.database))
    try:
        with store.read() as tx:
            last, halts, states = tx.turns.last("tick"), tx.sources.halts(), tx.sources.states()
    finally:
        store.close()
    yield installation.check_tick(session.now - last if last else None, settings.tick, scaled=bool(settings.broker_url))
    read = on - halts.keys()
    ill = sorted(name for name in read if name in states and states[name].state not in WELL)
    yield from installation.check_sources(Sources(len(read), len(sources) - len(read), faults, ill))


def _mail(settings: Settings) -> Check:
    try:
        identity = doctor_mail.identity_of(settings)
    except SettingsError as error:
        return installation.check_mail("", str(error), ())
    kind = "smtp" if identity.server else settings.mail.partition(":")[0]
    fault = next((says for name, says in identity.faults if name == "server"), "")
    looks = [(one.name, one.state, one.says) for one in check_mail_settings(identity)]
    return installation.check_mail(kind, fault, looks)
