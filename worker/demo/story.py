"""The two-week story: crawl week 1, send digest 1, move the outlets to week 2, crawl again, send digest 2.

It runs the product itself, in embedded mode, in a folder of its own; just the outlets and the clock are made up.
"""

from __future__ import annotations

import email
import email.policy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from pydantic import SecretStr

from crawler.source import Source
from worker import tasks
from worker.config import Settings
from worker.demo.outlets import NOW, SHOWS, Outlets
from worker.digest.issue import Request, open_for_request
from worker.errors import UsageError
from worker.services import open_services
from worker.subscribers import add_subscriber, follow

READER = "ann@example.org"
ZONE = "Europe/London"
_MARK = "made-by-watercooler-demo"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the demo, as files and as text."""

    to: str
    subject: str
    text: str
    eml: Path
    html: Path


@dataclass(frozen=True, slots=True)
class Week:
    """What one week brought."""

    number: int
    figures: dict[str, int | str]
    mails: tuple[Mail, ...]


def tell(folder: Path, say: Callable[[str], None]) -> Iterator[Week]:
    """Plays the story into a folder, a week at a time. Raises UsageError when the folder holds something else."""
    _make(folder)
    with Outlets() as sites:
        sites.write_sources(folder / "sources")
        kit = tasks.Kit(open_services(settings(folder, sites.hosts)))
        try:
            prepare(kit, NOW[0])
            for number, now in enumerate(NOW, start=1):
                sites.week(number)
                say(f"week {number} ({now:%A, %d %B %Y}): reading {len(sites.hosts)} outlets")
                yield play(kit, folder, number, now)
        finally:
            kit.services.close()


def settings(folder: Path, hosts: tuple[str, ...]) -> Settings:
    """Embedded mode, whatever the environment says: the demo never touches anybody's data or mail server."""
    return Settings(
        home=folder / "home",
        database_url=f"sqlite:///{folder.resolve() / 'home' / 'watercooler.db'}",
        broker_url="",
        mail_url=f"maildir:{folder.resolve() / 'home' / 'outbox'}",
        sources_dir=folder / "sources",
        templates_dir=None,
        public_url="https://watercooler.example",
        secret_key=SecretStr("the demo's links open nothing"),
        sender="Watercooler <digest@watercooler.example>",
        user_agent="",
        allow_private_hosts=hosts,
    )


def prepare(kit: tasks.Kit, now: datetime) -> None:
    """One reader, who follows the demo's shows."""
    with kit.store.begin() as tx:
        reader, _ = add_subscriber(tx, READER, zone=ZONE, confirmed=True, now=now)
        for name, aliases in SHOWS:
            follow(tx, reader, tx.shows.add(name, aliases=aliases, now=now), now)


def play(
    kit: tasks.Kit, folder: Path, number: int, now: datetime, *, before_sending: Callable[[], None] = lambda: None
) -> Week:
    """One week: read all outlets, then send the digest."""
    tally, ingested = tasks.read(kit, outlets(kit), now)
    before_sending()
    issue, _ = open_for_request(kit.store, Request(asked_by="demo"), now)
    before = set(_outbox(folder))
    tasks.send(kit, issue.id, now)
    fresh = [path for path in _outbox(folder) if path not in before]
    mails = tuple(_mail(path, folder / f"digest-{number}") for path in fresh)
    with kit.store.begin() as tx:
        captured, declared = tx.articles.comment_counts()
    figures: dict[str, int | str] = dict(tasks.figures(tally, ingested))
    figures["comments captured/declared"] = f"{captured}/{declared}"
    figures["mails"] = len(mails)
    return Week(number, figures, mails)


def outlets(kit: tasks.Kit) -> list[Source]:
    """The demo's own sources; bundled ones of the real world are paused."""
    return [source for source in kit.services.sources.values() if source.enabled]


def _outbox(folder: Path) -> list[Path]:
    return sorted((folder / "home" / "outbox" / "new").glob("*"))


def _mail(path: Path, target: Path) -> Mail:
    """Copies a mail out of the Maildir to where a person finds it, and its HTML part beside it."""
    eml, html = target.with_suffix(".eml"), target.with_suffix(".html")
    shutil.copyfile(path, eml)
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    html.write_text(_part(message, "html"), "utf-8")
    return Mail(str(message["To"]), str(message["Subject"]), _part(message, "plain"), eml, html)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _make(folder: Path) -> None:
    """An empty folder; one that an earlier demo made is emptied, any other is left alone."""
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise UsageError(f"{folder} is not empty and not made by the demo; name another with --folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    mark.touch()
