"""Return paths: what we sign is read back however servers write it, and nothing else is."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import SettingsError
from worker.mail.verp import ReturnPaths, find_paths

PATHS = ReturnPaths("bounce.news.example", ["new secret", "old secret"])
NUMBERS = st.integers(0, (1 << 63) - 1)
LETTERS = string.ascii_lowercase + "234567"


@given(NUMBERS, NUMBERS)
def test_what_is_signed_is_read_in_any_case_and_any_domain(delivery: int, subscriber: int) -> None:
    address = PATHS.address(delivery, subscriber)
    local, _, domain = address.partition("@")
    assert domain == "bounce.news.example"
    assert len(local) <= 64
    assert set(local.removeprefix("bounce+")) <= set(LETTERS)
    written = (address, address.upper(), f"<{address}>", f" {local}@other.example\r\n", local.title() + "@x")
    assert [PATHS.read(each) for each in written] == [(delivery, subscriber)] * len(written)
    assert find_paths(f"To: <{address.upper()}>\r\n".encode()) == (f"{local}@",)
    assert PATHS.read(f"{local}@") == (delivery, subscriber)


@given(st.text(LETTERS, max_size=60))
def test_no_token_of_strangers_is_accepted(token: str) -> None:
    assert PATHS.read(f"bounce+{token}@bounce.news.example") is None


@given(st.text(max_size=200))
def test_no_text_of_strangers_breaks_it(text: str) -> None:
    assert PATHS.read(text) is None


@given(NUMBERS, NUMBERS, st.data())
def test_one_letter_changed_is_no_token_any_more(delivery: int, subscriber: int, data: st.DataObject) -> None:
    address = PATHS.address(delivery, subscriber)
    place = data.draw(st.integers(len("bounce+"), address.index("@") - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda one: one != address[place]))
    assert PATHS.read(address[:place] + letter + address[place + 1 :]) is None


@given(NUMBERS, NUMBERS)
def test_numbers_cannot_be_moved_into_each_other(delivery: int, subscriber: int) -> None:
    token = PATHS.address(delivery, subscriber).partition("+")[2].partition("@")[0]
    for cut in (token[1:], token[:-1], "a" + token, token + "a", token + "="):
        assert PATHS.read(f"bounce+{cut}@x") is None


def test_it_is_the_same_at_each_try_and_each_delivery_has_its_own() -> None:
    assert PATHS.address(1, 2) == PATHS.address(1, 2)
    assert len({PATHS.address(d, s) for d in range(20) for s in range(20)}) == 400


def test_keys_rotate() -> None:
    old, new = ReturnPaths("x.example", ["old secret"]), ReturnPaths("x.example", ["new secret", " "])
    assert PATHS.read(old.address(5, 6)) == (5, 6)
    assert old.read(PATHS.address(5, 6)) is None
    assert new.read(PATHS.address(5, 6)) == (5, 6)
    assert new.read(old.address(5, 6)) is None


def test_a_link_opens_no_return_path() -> None:
    from worker.mail.links import Links

    url = Links("https://news.example", ["new secret"]).view(2, 1) or ""
    token = "".join(char for char in url.rpartition("/")[2].lower() if char in LETTERS)
    assert PATHS.read(f"bounce+{token}@x") is None


@pytest.mark.parametrize("secrets", [[], [""], ["  "]])
def test_without_a_secret_nothing_is_signed(secrets: list[str]) -> None:
    with pytest.raises(SettingsError, match="WATERCOOLER_SECRET_KEY"):
        ReturnPaths("x.example", secrets)


@pytest.mark.parametrize("number", [-1, 1 << 63])
def test_other_numbers_are_no_rows(number: int) -> None:
    with pytest.raises(ValueError, match="no row's number"):
        PATHS.address(number, 1)


def test_of_many_the_first_ones_are_looked_at() -> None:
    raw = "".join(f"bounce+{letter * 20}@x\n" for letter in LETTERS).encode()
    assert find_paths(raw)[:2] == ("bounce+" + "a" * 20 + "@", "bounce+" + "b" * 20 + "@")
    assert len(find_paths(raw)) == 20
    assert find_paths(raw[:22] + raw[:22]) == ()
    assert find_paths(b"bounce+aaaa@x bounce+" + b"a" * 60 + b"@x") == ()
