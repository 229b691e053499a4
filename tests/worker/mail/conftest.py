"""A digest with everything in it, and its envelope."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from worker.digest.compose import ReaderLinks
from worker.digest.content import (
    Coming,
    Digest,
    Quote,
    Rewritten,
    ShowBlock,
    SourceLink,
    Talk,
    UpdateItem,
    WasNow,
)
from worker.mail.message import Envelope
from worker.models import Change, Standing

NOW = datetime(2024, 2, 9, 6, 0, tzinfo=UTC)
TRADE = SourceLink(
    "The Trade Wire",
    "https://wire.example/2024/02/harbour-lights-date",
    "Harbour Lights Sets Its Return",
    datetime(2024, 2, 7, 23, 30, tzinfo=UTC),
)
NETWORK = SourceLink(
    "Network Press Room",
    "https://press.example/harbour",
    "A date for the harbour",
    datetime(2024, 2, 7, 15, tzinfo=UTC),
)
FAN = SourceLink("Lighthouse Keepers", "https://keepers.example/posts/81", "It is March, friends", None)
LIVE = SourceLink(
    "Screen Calendar",
    "https://calendar.example/shows/night-ferry",
    "Night Ferry season 3: everything we know so far",
    datetime(2024, 2, 5, 9, tzinfo=UTC),
)


def _moved() -> UpdateItem:
    return UpdateItem(
        change=Change.MOVED,
        standing=Standing.OFFICIAL,
        headline="Season 2 starts on 12 March",
        short="season 2 starts on 12 March",
        sentence="Season 2 of Harbour Lights now starts on 12 March 2024, earlier than the rumour had it.",
        quote="The keepers return to their tower on Tuesday, March 12, with two episodes.",
        source=TRADE,
        others=(NETWORK, FAN),
        box=WasNow("Release", "autumn 2024", Standing.RUMOUR, date(2023, 10, 2), "12 March 2024", Standing.OFFICIAL),
        importance=90,
        update_id=11,
    )


def _denied() -> UpdateItem:
    return UpdateItem(
        change=Change.DENIED,
        standing=Standing.OFFICIAL,
        headline="Ida Brandt is not leaving",
        short="ida Brandt is not leaving",
        sentence="The makers deny that Ida Brandt leaves after season 2. We sent you that rumour on 12 Jan.",
        quote="",
        source=NETWORK,
        others=(),
        box=WasNow("Cast", "leaves: Ida Brandt", Standing.RUMOUR, None, "denied", Standing.OFFICIAL),
        importance=70,
        update_id=12,
    )


def _new() -> UpdateItem:
    return UpdateItem(
        change=Change.NEW,
        standing=Standing.RUMOUR,
        headline="A spin-off about the captain may be coming",
        short="a spin-off about the captain may be coming",
        sentence="One unnamed source says that a spin-off about the captain is being written.",
        quote="“Somebody is typing,” a person close to the production said & smiled.",
        source=LIVE,
        others=(),
        box=None,
        importance=40,
        update_id=13,
    )


def _harbour() -> ShowBlock:
    comments = (
        Quote("marlow_k", "Two episodes at once? My Tuesday is ruined in the best way.", 41),
        Quote("Aïda", "I only believe it when I see the lamp turning.", None),
    )
    return ShowBlock(
        show_id=1,
        name="Harbour Lights",
        status="Season 2: renewed (official) · release 12 March 2024 (official; was autumn 2024, rumour)",
        first=False,
        updates=(_moved(), _denied()),
        rewritten=(),
        talk=(Talk(TRADE, 37, 64, 71, comments),),
        also=(SourceLink("Set Diary", "https://diary.example/lamp", "How the lamp room was built", TRADE.published),),
    )


def _ferry() -> ShowBlock:
    passage = Rewritten(
        LIVE,
        "Is there a release date?",
        ("There is no word of a date yet.",),
        ("The third season is expected before the end of the year.", "Filming began in January."),
    )
    return ShowBlock(
        show_id=2,
        name="Night Ferry",
        status="Season 3: in production (reported)",
        first=True,
        updates=(_new(),),
        rewritten=(passage,),
        talk=(),
        also=(),
    )


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def digest() -> Digest:
    return Digest(
        subject="Harbour Lights gets a date; Ida Brandt stays",
        preheader="Night Ferry may get a spin-off. About two minutes to read.",
        lead="2 of your 3 shows changed",
        since=datetime(2024, 2, 2, 6, 0, tzinfo=UTC),
        until=NOW,
        zone="Pacific/Auckland",
        shows=(_harbour(), _ferry()),
        coming_up=(Coming("Harbour Lights", "Season 2", "12 March 2024", Standing.OFFICIAL, date(2024, 3, 12)),),
        quiet=("The Glass Orchard",),
        coverage="5 sources read, 1 broken (pilot-season); nothing new on 1 of your 3 shows",
        email="mira@reader.example",
        show_count=3,
    )


@pytest.fixture
def links() -> ReaderLinks:
    return ReaderLinks(
        "https://watercooler.example/unsubscribe/NDI.Zk3vQm9sR2pXw8tYb5nD1gAAAAAAAAAAAAAAAAAAAAA",
        "mailto:unsub+NDI.Zk3vQm9sR2pXw8tYb5nD1gAAAAA@watercooler.example?subject=unsubscribe",
    )


@pytest.fixture
def envelope(links: ReaderLinks) -> Envelope:
    return Envelope(
        to="mira@reader.example",
        sender="Watercooler <digest@watercooler.example>",
        message_id="<2024-W06.0193f2c4a1@mid.watercooler.example>",
        list_id="Watercooler <weekly.watercooler.example>",
        unsubscribe=(str(links.unsubscribe), links.unsubscribe_mail),
        one_click=True,
        feedback_id="2024-W06:weekly:digest:watercooler",
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file
