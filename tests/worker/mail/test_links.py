"""Signed links: nobody but us can make one, and none opens another's door."""

from __future__ import annotations

import hashlib
import random
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from worker.errors import SettingsError
from worker.mail.links import Links

NOW = datetime(2024, 2, 9, 6, 0, tzinfo=UTC)
SECRET = "a long secret of ours"
LINKS = Links("https://watercooler.example/", [SECRET])


def token(url: str | None) -> str:
    assert url
    return url.rpartition("/")[2]


def test_an_unsubscribe_link_names_its_subscriber() -> None:
    url = LINKS.unsubscribe(42)
    assert url
    assert url.startswith("https://watercooler.example/unsubscribe/")
    assert LINKS.read_unsubscribe(token(url)) == 42
    assert len(token(url)) >= 40
    assert LINKS.unsubscribe(42) == url


def test_a_confirm_link_lives_72_hours() -> None:
    url = LINKS.confirm(42, NOW)
    assert url
    assert url.startswith("https://watercooler.example/confirm/")
    assert LINKS.read_confirm(token(url), NOW) == 42
    assert LINKS.read_confirm(token(url), NOW + timedelta(hours=72)) == 42
    assert LINKS.read_confirm(token(url), NOW + timedelta(hours=72, seconds=1)) is None


def test_one_purpose_opens_no_other_door() -> None:
    assert LINKS.read_confirm(token(LINKS.unsubscribe(42)), NOW) is None
    assert LINKS.read_unsubscribe(token(LINKS.confirm(42, NOW))) is None
    # Nor does the right content, signed with the right key for the other purpose.
    for purpose, number in (("confirm", None), ("unsubscribe", 42)):
        signer = URLSafeSerializer(
            SECRET, salt=f"watercooler.{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
        )
        assert LINKS.read_unsubscribe(str(signer.dumps(42))) == number


def test_the_first_secret_signs_and_all_verify() -> None:
    old = Links("https://w.example", ["old"])
    rotated = Links("https://w.example", ["new", "old"])
    assert rotated.read_unsubscribe(token(old.unsubscribe(7))) == 7
    assert rotated.unsubscribe(7) == Links("https://w.example", ["new"]).unsubscribe(7)
    assert Links("https://w.example", ["new"]).read_unsubscribe(token(old.unsubscribe(7))) is None


def test_without_a_public_url_there_are_no_links() -> None:
    links = Links(None, ["secret"])
    assert links.unsubscribe(1) is None
    assert links.confirm(1, NOW) is None
    assert links.read_unsubscribe(token(Links("https://w.example", ["secret"]).unsubscribe(1))) == 1


def test_without_a_secret_nothing_is_signed() -> None:
    for secrets in ([], ["", " "]):
        with pytest.raises(SettingsError, match="WATERCOOLER_SECRET_KEY"):
            Links("https://w.example", secrets)


def test_ten_thousand_forged_tokens_open_nothing() -> None:
    dice = random.Random(9)
    real = token(LINKS.unsubscribe(42)), token(LINKS.confirm(42, NOW))
    alphabet = string.ascii_letters + string.digits + "-_.="
    forged: set[str] = set()
    while len(forged) < 10_000:
        text = list(dice.choice(real))
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(text) + 1)
            text[place : place + dice.randint(0, 1)] = dice.choice(alphabet)
        forged.add("".join(text))
    forged -= set(real)
    assert len(forged) > 9_990
    opened = [t for t in forged if LINKS.read_unsubscribe(t) is not None or LINKS.read_confirm(t, NOW) is not None]
    assert opened == []


@given(st.text(st.characters(codec=None)))
def test_any_text_is_read_as_nothing(text: str) -> None:
    assert LINKS.read_unsubscribe(text) is None
    assert LINKS.read_confirm(text, NOW) is None
