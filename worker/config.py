"""Settings: the environment (or a `.env` file) with the prefix `WATERCOOLER_`. Everything has a working default."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from crawler.source import HOME, Source, load_sources, parse_span, source_folders
from worker.errors import SettingsError
from worker.models import QuoteRules

PREFIX = "WATERCOOLER_"
SECRETS = Path("/run/secrets")  # where containers find files such as watercooler_secret_key
_TOKEN = re.compile(r"(?:([\w.-]{1,40}):)?([!-+\--9;-~]{16,})")  # NAME:TOKEN, or TOKEN
_RATE = re.compile(r"([1-9][0-9]{0,6})\s*/\s*((?:[1-9][0-9]{0,3})?[smhd])")  # messages/span
_SHIFT = re.compile(r"([+-])((?:[0-9]{1,6}[wdhms])+)")  # such as +104d12h or -3h
_LOGIN = re.compile(r"://[^:/@]*(:.+@)")  # the password of a URL
_LONGEST_SHIFT = timedelta(days=3653)
_DKIM_KEY = re.compile(r"([A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*)\s*=\s*(\S.*)")  # SELECTOR=FILE


class Settings(BaseSettings):
    """What is set, and from where. Three URLs choose the mode: `database_url`, `broker_url`, `mail_url`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    home: Path = HOME
    database_url: str = ""
    broker_url: str = ""
    mail_url: str = ""
    sources_dir: Path | None = None
    templates_dir: Path | None = None
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    api_token: SecretStr = SecretStr("")
    sender: str = Field("", alias="WATERCOOLER_FROM")
    postal_address: str = ""  # the operator's, on one line, in the foot of every mail
    bounce_domain: str = Field("", pattern=r"^([\w-]+\.)*[\w-]*$")  # where bounces go; default: the sender's domain
    bounces: str = ""  # where what comes back is kept: maildir:FOLDER
    dkim_keys: Annotated[tuple[tuple[str, Path], ...], NoDecode] = ()  # selectors, and the files of private keys
    mail_connections: int = Field(4, ge=1, le=100)  # to the mail server, of one process, at once
    mail_per_connection: int = Field(100, ge=1)  # messages; then comes a new connection
    mail_rate: float = Field(0.0, ge=0)  # messages a second, of all processes with a broker, else of one; 0: no limit
    mail_rate_per_host: float = Field(0.0, ge=0)  # the same, to one domain of recipients
    retry_schedule: Annotated[tuple[timedelta, ...], NoDecode] = (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=2),
    )
    give_up_after: timedelta = timedelta(hours=36)  # after the first try: a digest is stale sooner than a letter
    uncertain: Literal["repeat", "hold"] = "repeat"  # what may have been taken: send it again, or ask
    user_agent: str = ""
    allow_private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    zone: str = "UTC"
    talk_authors: Literal["shown", "withheld"] = "shown"
    talk_spoilers: Literal["quoted", "left-out"] = "quoted"
    talk_names_days: int = Field(365, ge=1)  # how long it is kept who wrote a comment
    signups_per_client: int = Field(5, ge=1)  # an hour, of one network address: more get "try later", and no mail
    signups_per_hour: int = Field(200, ge=1)  # of all together
    archive_days: int = Field(90, ge=1)  # how long a digest can be read again in the browser
    bodies_days: int = Field(30, ge=1)  # how long it is kept what a server sent that could not be read
    operators: Annotated[tuple[str, ...], NoDecode] = ()  # who gets the weekly health digest of the sources
    clock: timedelta = timedelta()  # how far our clock is ahead of the real one, for replays and trials
    tick: timedelta = timedelta(minutes=1)  # how often we look what is due
    log: Literal["auto", "text", "json"] = "auto"  # auto: text on a terminal, JSON elsewhere
    metrics: Literal["token", "open", "off"] = "token"  # who may read /metrics: who has an API token, all, nobody
    api_read: Literal["token", "open"] = "token"  # who may read sources, shows, claims and articles by the API

    @field_validator("allow_private_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("retry_schedule", mode="before")
    @classmethod
    def _spans(cls, value: object) -> object:
        return tuple(parse_span(part) for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("mail_rate", "mail_rate_per_host", mode="before")
    @classmethod
    def _rates(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = _RATE.fullmatch(value.strip())
        if not found:
            raise ValueError('a rate like "50/s" or "3000/1m" is wanted')
        span = found[2] if found[2][0].isdigit() else f"1{found[2]}"
        return int(found[1]) / parse_span(span).total_seconds()

    @field_validator("give_up_after", "tick", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        return parse_span(value) if isinstance(value, str) else value

    @field_validator("clock", mode="before")
    @classmethod
    def _shift(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = _SHIFT.fullmatch(value.strip())
        if not found:
            raise ValueError("a shift like +104d12h or -3h is wanted")
        spans = re.findall(r"([0-9]+)([wdhms])", found[2])
        shift = sum((int(number) * parse_span(f"1{unit}") for number, unit in spans), timedelta())
        if shift > _LONGEST_SHIFT:
            raise ValueError("ten years is the furthest shift")
        return shift if found[1] == "+" else -shift

    @field_validator("tick")
    @classmethod
    def _tick(cls, value: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= value <= timedelta(hours=1):
            raise ValueError("a span from 1s to 1h is wanted")
        return value

    @field_validator("dkim_keys", mode="before")
    @classmethod
    def _dkim_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = [_DKIM_KEY.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
        pairs = tuple((match[1].lower(), match[2]) for match in found if match)
        if len(pairs) < len(found) or len({selector for selector, _ in pairs}) < len(pairs):
            raise ValueError("SELECTOR=FILE, SELECTOR=FILE is wanted, each selector once, like 2027a=/etc/2027a.pem")
        return pairs

    @field_validator("operators", mode="before")
    @classmethod
    def _operators(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = tuple(parseaddr(part)[1] for part in value.split(",") if part.strip())
        if not all("@" in address for address in found):
            raise ValueError("addresses like ann@example.org, bob@example.org are wanted")
        return found

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("a time zone like Europe/Berlin or UTC is wanted") from None

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("an address like https://news.example.org is wanted")
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "redis+socket://")):
            raise ValueError("redis://HOST:PORT/0, rediss://… or redis+socket://PATH is wanted")
        return value

    @field_validator("bounces")
    @classmethod
    def _bounces(cls, value: str) -> str:
        if value and not value.removeprefix("maildir:").startswith(("/", "~")):
            raise ValueError("maildir:/path/to/Maildir is wanted")
        return value

    @field_validator("sources_dir", "templates_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value and not value.expanduser().is_dir():
            raise ValueError("there is no such folder")
        return value

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and "@" not in parseaddr(value)[1]:
            raise ValueError("an address like 'News <news@example.org>' is wanted")
        return value

    @field_validator("api_token")
    @classmethod
    def _tokens(cls, value: SecretStr) -> SecretStr:
        parts = [part.strip() for part in value.get_secret_value().split(",")]
        if any(part and not _TOKEN.fullmatch(part) for part in parts):
            raise ValueError("tokens of 16 or more visible characters are wanted, each TOKEN or NAME:TOKEN")
        return value

    @classmethod
    def from_env(cls) -> Settings:
        """Reads the environment. Raises SettingsError that names the variable."""
        try:
            return cls()
        except ValidationError as error:
            fault = error.errors()[0]
            name = str(fault["loc"][0])
            name = name if name.startswith(PREFIX) else PREFIX + name.upper()
            reason = fault["msg"].removeprefix("Value error, ")
            found = (
                "" if name.endswith(("_URL", "_KEY", "_KEYS", "_TOKEN")) else f" (found {fault['input']!r})"
            )  # may hold a password
            raise SettingsError(f"{name}: {reason}{found}") from None

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.home.expanduser()

    def make_folder(self) -> None:
        """Makes the data folder if it is not there. Raises SettingsError when it cannot be made."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"{PREFIX}HOME: the data folder {self.folder} cannot be made ({error.strerror})"
            raise SettingsError(f"{reason}; name a folder you may write to") from None

    @property
    def database(self) -> str:
        """The database's URL; default: SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.folder / 'watercooler.db'}"

    @property
    def mail(self) -> str:
        """The transport's URL; default: a Maildir `outbox/` in the data folder."""
        return self.mail_url or f"maildir:{self.folder / 'outbox'}"

    @property
    def bounce_folder(self) -> Path | None:
        """The Maildir that bounces come to."""
        return Path(self.bounces.removeprefix("maildir:")).expanduser() if self.bounces else None

    @property
    def quoting(self) -> QuoteRules:
        """How viewers are quoted."""
        return QuoteRules(authors=self.talk_authors == "shown", spoilers=self.talk_spoilers == "quoted")

    @property
    def from_address(self) -> str:
        """The From header."""
        return self.sender or "Watercooler <digest@watercooler.example>"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The secret keys: the first signs, all verify. Unset: one is made and kept in the data folder."""
        keys = tuple(part.strip() for part in self.secret_key.get_secret_value().split(",") if part.strip())
        return keys or (self._own_key(),)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may hold: keys, tokens, and the passwords of the URLs between their ":" and "@"."""
        keys, tokens = self.secret_key.get_secret_value().split(","), [token for _, token in self.api_tokens]
        found = [_LOGIN.search(url) for url in (self.database_url, self.broker_url, self.mail_url)]
        return (*(key.strip() for key in keys if key.strip()), *tokens, *(match[1] for match in found if match))

    @cached_property
    def api_tokens(self) -> tuple[tuple[str, str], ...]:
        """Who may use the API: names (of several, some may be the same) with their tokens. None: nobody."""
        found = [_TOKEN.fullmatch(part.strip()) for part in self.api_token.get_secret_value().split(",")]
        return tuple((match[1] or "api", match[2]) for match in found if match)

    def _own_key(self) -> str:
        self.make_folder()
        path = self.folder / "secret.key"
        if not path.exists():
            with NamedTemporaryFile("w", dir=self.folder, prefix=".key-") as file:  # none but its owner reads it
                file.write(secrets.token_urlsafe(32))
                file.flush()
                with suppress(FileExistsError):  # two processes at once: one gives it its name, both read it whole
                    path.hardlink_to(file.name)
        return path.read_text()

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """Where source files are: the bundled ones, and the operator's own."""
        return source_folders(self.folder, self.sources_dir)

    def sources(self) -> dict[str, Source]:
        """All good source files by name; the bad ones are told by `sources check`."""
        return load_sources(self.source_folders)[0]
