"""The whole web app on a store, a Maildir and a clock of its own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.factories import NOW
from worker.config import Settings
from worker.models import Show, Subscriber
from worker.services import open_services
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit
from worker.web import make_app

BASE = "https://news.example"


@dataclass
class Desk:
    """The app, with what a test asks of it."""

    kit: Kit
    now: datetime = NOW
    clients: list[TestClient] = field(default_factory=list)

    @property
    def client(self) -> TestClient:
        """A program that asks for pages; it follows no redirects, for there are to be none."""
        if not self.clients:
            app = make_app(self.kit, lambda: self.now)
            self.clients.append(TestClient(app, base_url=BASE, follow_redirects=False))
        return self.clients[0]

    def later(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    def reader(self, address: str = "ann@example.org", *shows: Show) -> Subscriber:
        """Somebody who gets digests."""
        with self.kit.store.begin() as tx:
            found, _ = add_subscriber(tx, address, zone="UTC", confirmed=True, now=self.now)
            for show in shows:
                follow(tx, found, show, self.now)
        return self.of(address)

    def of(self, address: str) -> Subscriber:
        """Whoever has this address now."""
        with self.kit.store.begin() as tx:
            found = tx.subscribers.by_key(address.casefold())
        assert found is not None, address
        return found

    def knows(self, address: str) -> bool:
        with self.kit.store.begin() as tx:
            return tx.subscribers.by_key(address.casefold()) is not None

    def record(self, address: str) -> list[str]:
        """What the record of consents says."""
        number = self.of_id(address)
        with self.kit.store.begin() as tx:
            return [line.what for line in tx.subscribers.consents(number)]

    def of_id(self, address: str) -> int:
        return self.of(address).id

    def show(self, name: str, **values: object) -> Show:
        """A show of the registry."""
        with self.kit.store.begin() as tx:
            return tx.shows.add(name, now=self.now, **values)  # type: ignore[arg-type] # values are a show's own

    def mails(self) -> list[EmailMessage]:
        """What was handed over, in its order."""
        folder = Path(self.kit.settings.mail.removeprefix("maildir:")) / "new"
        files = sorted(folder.glob("*"), key=lambda file: file.stat().st_mtime_ns) if folder.is_dir() else []
        policy = email.policy.default
        return [email.message_from_bytes(file.read_bytes(), policy=policy) for file in files]  # type: ignore[misc]

    def link(self, mail: EmailMessage, page: str) -> str:
        """The path of a link in a mail."""
        part = mail.get_body(("plain",))
        assert part is not None
        found = re.search(rf"{BASE}(/{page}/\S+)", part.get_content())
        assert found, part.get_content()
        return found[1]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", BASE)
    services = open_services(Settings.from_env())
    yield Desk(Kit(services))
    services.close()
