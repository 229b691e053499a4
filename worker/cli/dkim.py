"""`watercooler dkim`: keys that sign our mail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.doctor_mail import identity_of
from worker.cli.output import Json, Session, emit, note
from worker.errors import ConflictError
from worker.mail.dkim import Algorithm, DkimKey, new_key
from worker.mail.identity import Record, dkim_name

app = typer.Typer(no_args_is_help=True)


@app.callback()
def dkim() -> None:
    """Keys that sign our mail."""


@app.command("new")
def new(
    context: typer.Context,
    selector: Annotated[str, typer.Argument(help="Its name in the name service; a date does well, like 2027a.")],
    algorithm: Annotated[Algorithm, typer.Option(help="All servers read rsa; ed25519 is good beside it.")] = "rsa",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; dkim/SELECTOR.pem in the data folder if you name none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Makes a new private key, and says what to publish and what to set.

    Example: watercooler dkim new 2027a --out /etc/watercooler/2027a.pem
    """
    session: Session = context.obj
    key = new_key(selector, algorithm)
    known = session.settings.dkim_keys
    if key.selector in (name for name, _ in known):
        raise ConflictError(f"{key.selector} has a key already, see WATERCOOLER_DKIM_KEYS; name another selector")
    identity = identity_of(session.settings)
    file = _keep(key, out or session.settings.folder / "dkim" / f"{key.selector}.pem")
    record = Record(dkim_name(key.selector, identity.domain), "TXT", key.record, "")
    old = [f"{name}={path}" for name, path in known]
    # Behind another of its kind it does not sign yet, so that its record can be looked for first.
    first, last = ",".join([f"{key.selector}={file}", *old]), ",".join([*old, f"{key.selector}={file}"])
    follows = any(other.algorithm == algorithm for other in identity.keys)
    if as_json:
        row = {"selector": key.selector, "file": str(file), "record": record.line}
        emit([{**row, "setting": last if follows else first, "setting_later": first}])
        return
    typer.echo(f"; 1. publish this record\n{record.line}\n")
    if follows:
        typer.echo(f"; 2. set this: the old key signs on\nWATERCOOLER_DKIM_KEYS={last}\n")
    typer.echo(f"; {3 if follows else 2}. {_WHEN[follows]}\nWATERCOOLER_DKIM_KEYS={first}")
    note(f"the private key is in {file}; nobody else may read it")
    if not session.settings.sender:
        note(f"nobody owns {identity.domain}: set WATERCOOLER_FROM to an address of yours, for the record's name")


_WHEN = {
    False: "when others see it, set this: it signs at once",
    True: "when `watercooler doctor mail --dns` finds it, set this: it signs; a week later the old one may go",
}


def _keep(key: DkimKey, file: Path) -> Path:
    """Writes a key for its owner alone; never over a file that is there."""
    file = file.expanduser().absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
            kept.write(key.pem())
    except FileExistsError:
        use = f"set WATERCOOLER_DKIM_KEYS={key.selector}={file} to use it"
        raise ConflictError(f"{file} is there already, and keys are not written over; {use}, or name another") from None
    return file
