"""What the tasks and doors work with, opened once: store, transport, links, templates, sources."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from functools import cached_property

from crawler.source import Source
from worker.broker import Broker, open_broker
from worker.config import Settings
from worker.errors import SettingsError
from worker.mail import open_transport
from worker.mail.dkim import Signer, load_keys
from worker.mail.journal import Journal
from worker.mail.links import Links
from worker.mail.message import Templates
from worker.mail.post import Post
from worker.mail.press import Press
from worker.mail.smtp_server import Limits
from worker.mail.transport import Transport
from worker.mail.verp import ReturnPaths
from worker.store import Store, open_store


@dataclass
class Services:
    """Opened lazily: a command that only reads the store never looks for a mail server."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        """The database; the data folder is made if it is not there."""
        self.settings.make_folder()
        return open_store(self.settings.database)

    @cached_property
    def broker(self) -> Broker | None:
        """Redis; None in the embedded mode."""
        return open_broker(self.settings.broker_url, self.settings.keys[0]) if self.settings.broker_url else None

    @cached_property
    def transport(self) -> Transport:
        """What carries a message."""
        settings = self.settings
        limits = Limits(
            settings.mail_connections, settings.mail_per_connection, settings.mail_rate, settings.mail_rate_per_host
        )
        return open_transport(settings.mail, limits, self.broker.share if self.broker else None)

    @cached_property
    def links(self) -> Links:
        """Signed confirm and unsubscribe links."""
        return Links(self.settings.public_url or None, self.settings.keys)

    @cached_property
    def templates(self) -> Templates:
        """How messages and pages look."""
        return Templates(self.settings.templates_dir, self.settings.postal_address)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """All good sources by name."""
        return self.settings.sources()

    @cached_property
    def mail_domain(self) -> str:
        """The domain of our own address: List-Id and Message-ID stand under it."""
        address = parseaddr(self.settings.from_address)[1]
        if "@" not in address:
            raise SettingsError(
                f"WATERCOOLER_FROM: an address like 'News <news@example.org>' is wanted, not {address!r}"
            )
        return address.rsplit("@", 1)[1]

    @cached_property
    def return_paths(self) -> ReturnPaths:
        """The signed envelope senders of deliveries."""
        return ReturnPaths(self.settings.bounce_domain or self.mail_domain, self.settings.keys)

    @cached_property
    def signer(self) -> Signer | None:
        """What signs our mail; without keys it goes unsigned. Raises SettingsError when a key cannot be used."""
        keys = load_keys(self.settings.dkim_keys)
        return Signer(self.mail_domain, keys) if keys else None

    @cached_property
    def post(self) -> Post:
        """What a message needs on its way."""
        settings = self.settings
        return Post(
            self.transport,
            Press(self.templates),
            self.links,
            settings.from_address,
            self.mail_domain,
            settings.retry_schedule,
            self.return_paths,
            Journal(settings.folder / "answers"),
            settings.quoting,
            self.signer,
            settings.give_up_after,
            hold=settings.uncertain == "hold",
            operators=settings.operators,
            zone=settings.zone,
        )

    def check_post(self) -> None:
        """Raises SettingsError now when a mail setting is wrong, before an issue is opened for nothing."""
        _ = self.post, self.signer

    def close(self) -> None:
        """Closes what was opened."""
        for name in ("store", "transport", "broker"):
            if opened := self.__dict__.pop(name, None):
                opened.close()


def open_services(settings: Settings) -> Services:
    """The services of one process."""
    return Services(settings)
