"""The whole scaled mode on one machine without containers: servers from wheels, and the crew.

with Rig(folder, variables={"WATERCOOLER_TICK": "2s"}, scale={"crawl": 2}) as rig:
    rig.crew.start(); rig.crew.wait_healthy()
    rig.mails                             # what the mail catcher took
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr

from scaled.catcher import Catcher
from scaled.compose import FILE, load
from scaled.crew import Crew
from scaled.leftovers import Minder
from scaled.servers import Postgres, Redis
from worker.config import Settings
from worker.store import Store, open_store

DATABASE = "watercooler"
OWNER = "watercooler_owner"  # of the tables, as ops/postgres/roles.sql makes it


class Rig:
    """Servers and crew with one folder. `mail` is host:port of a mail server of yours; else there is a mail catcher.

    `variables` are what an `.env` beside docker-compose.yml would set, `mounts` folders in place of compose's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        variables: Mapping[str, str] | None = None,
        scale: Mapping[str, int] | None = None,
        mounts: Mapping[str, Path] | None = None,
        ports: Mapping[str, int] | None = None,
        mail: str = "",
    ) -> None:
        self.folder = folder
        self.services = load(variables=variables)
        self.minder = Minder()
        self.postgres: Postgres
        self.redis: Redis
        self.crew: Crew
        self.catcher = None if mail else Catcher(folder / "mails")
        self._mail, self._scale, self._mounts, self._ports = mail, scale, mounts, ports
        self._opened = contextlib.ExitStack()

    def __enter__(self) -> Rig:
        with contextlib.ExitStack() as opened:
            opened.enter_context(self.minder)
            self.postgres = opened.enter_context(Postgres(minder=self.minder))
            self.postgres.create(DATABASE)
            self.postgres.run(DATABASE, FILE.parent / "ops" / "postgres" / "roles.sql")  # as its container does
            options = self.services["redis"].command[1:]
            self.redis = opened.enter_context(Redis(options=options, minder=self.minder))
            if self.catcher:
                opened.enter_context(self.catcher)
            self.crew = opened.enter_context(self._crew())
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    @property
    def mails(self) -> list[bytes]:
        """What the mail catcher took, in its order."""
        return list(self.catcher.mails) if self.catcher else []

    @property
    def settings(self) -> Settings:
        """The same installation for the process that made the rig: for looking, and for putting things in."""
        return Settings(
            home=self.crew.place("data"),
            database_url=self.postgres.url(DATABASE, role=OWNER),
            broker_url=self.redis.url(),
            mail_url=f"maildir:{self.folder / 'unused'}",
            sources_dir=self.crew.place("sources"),
            secret_key=SecretStr("not used here, for nothing is sent or served"),
        )

    def store(self) -> Store:
        """The database, to be closed by whoever opened it."""
        return open_store(self.postgres.url(DATABASE, role=OWNER))

    def _crew(self) -> Crew:
        mail = self.catcher.address if self.catcher else self._mail
        hosts = {"postgres": self.postgres.address, "redis": self.redis.address, "mailcatcher": mail}
        scale, mounts, ports = self._scale, self._mounts, self._ports
        return Crew(self.services, self.folder, self.minder, hosts=hosts, scale=scale, mounts=mounts, ports=ports)
