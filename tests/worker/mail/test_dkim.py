"""Our signatures hold for other programs, break when a message is changed, and keys that cannot be used are named."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.dkim import holding, opendkim, opendkim_can, records, travelling, varied
from worker.config import Settings
from worker.errors import SettingsError, UsageError
from worker.mail.dkim import Signer, canonical_body, load_keys, new_key
from worker.services import open_services

DOMAIN = "watercooler.example"
RSA, ED = new_key("r2027", "rsa"), new_key("e2027", "ed25519")
BOTH = Signer(DOMAIN, [RSA, ED])
MESSAGE = (
    b"Date: Fri, 09 Feb 2024 06:00:00 +0000\r\nFrom: Watercooler <digest@watercooler.example>\r\n"
    b"To: mira@reader.example\r\nSubject: Harbour Lights\r\n gets a date\r\n"
    b"Message-ID: <1@mid.watercooler.example>\r\nList-Id: <weekly.watercooler.example>\r\n"
    b"List-Unsubscribe: <https://watercooler.example/u/abc>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIt starts on 12 March 2027.\r\n"
)
NO_ENCRYPTION = serialization.NoEncryption()


def tags(field: bytes) -> dict[str, str]:
    """The tags of one DKIM-Signature field."""
    value = re.sub(r"\s+", "", field.decode().partition(":")[2])
    return {part.partition("=")[0]: part.partition("=")[2] for part in value.split(";")}


def signatures(signed: bytes) -> list[dict[str, str]]:
    """The tags of each DKIM-Signature field."""
    return [tags(field) for field in re.split(rb"(?m)^(?=DKIM-Signature:)", signed) if field]


def holds(message: bytes, signer: Signer = BOTH) -> bool:
    """Does each signature hold for dkimpy?"""
    found = holding(message, records(signer))
    assert len(found) == len(signer.signing)
    assert len(set(found)) == 1  # both break by the same change
    return all(found)


def test_a_thousand_varied_messages_hold_for_dkimpy() -> None:
    held = [held for message in varied(1000) for held in holding(travelling(BOTH, message), records(BOTH))]
    assert (len(held), sum(held)) == (2000, 2000)


@pytest.mark.skipif(not opendkim_can(), reason="no OpenDKIM, or no private network to give it a name service")
def test_they_hold_for_opendkim() -> None:
    messages = [travelling(BOTH, message) for message in varied(20)]
    changed = [message.replace(b"From: ", b"From: x", 1) for message in messages[:2]]
    assert opendkim([*messages, *changed], records(BOTH)) == [True] * 20 + [False] * 2


# What strangers and mail programs put between words: every way to write white space, line ends, dots, bytes.
_TEXT = st.lists(
    st.sampled_from([b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b"a", b".", b"=20", b":", b"\xc3\xbc", b"b="])
)
_FOLD = st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"  ", b" \t\r\n  "])
_VALUE = st.lists(
    st.tuples(_FOLD, st.sampled_from([b"a", b"b=", b";", b":", b"\xc3\xbc", b"=?utf-8?q?=20?="])), min_size=1
)
_NAME = st.sampled_from([b"Subject", b"SUBJECT", b"to", b"Reply-To", b"List-Unsubscribe", b"X-Other", b"Feedback-ID"])


class TestAnyMessage:
    @settings(max_examples=150, deadline=None)
    @given(head=st.lists(st.tuples(_NAME, _VALUE), max_size=6), body=_TEXT)
    def test_its_signatures_hold(self, head: list[tuple[bytes, list[tuple[bytes, bytes]]]], body: list[bytes]) -> None:
        fields = [name + b":" + b"".join(gap + word for gap, word in value) + b"\r\n" for name, value in head]
        message = b"From: a@watercooler.example\r\n" + b"".join(fields) + b"\r\n" + b"".join(body)
        assert holds(travelling(BOTH, message))

    @given(body=_TEXT)
    def test_white_space_alone_does_not_change_a_body(self, body: list[bytes]) -> None:
        text = b"".join(body)
        canonical = canonical_body(text)
        assert canonical == canonical_body(canonical)
        assert canonical == canonical_body(text.replace(b" ", b"\t ").replace(b"\r\n", b" \t\r\n") + b"\r\n \r\n")
        assert canonical.replace(b" ", b"").split() == [
            line.translate(None, b" \t") for line in text.split(b"\r\n") if line.strip()
        ]

    @pytest.mark.parametrize(
        ("body", "canonical"),
        [  # the examples of RFC 6376, sections 3.4.4 and 3.4.5
            (b"", b""),
            (b"\r\n\r\n", b""),
            (b" \t\r\n", b""),
            (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
            (b"no line end ", b"no line end\r\n"),
        ],
    )
    def test_canonical_bodies(self, body: bytes, canonical: bytes) -> None:
        assert canonical_body(body) == canonical

    def test_one_without_from_is_not_signed(self) -> None:
        with pytest.raises(ValueError, match="without a From field"):
            BOTH.sign(b"Subject: x\r\n\r\nbody\r\n")


class TestTheFields:
    def test_what_stands_in_them(self) -> None:
        both = signatures(BOTH.sign(MESSAGE))
        assert [found["a"] for found in both] == ["rsa-sha256", "ed25519-sha256"]
        for found in both:
            assert (found["v"], found["c"], found["d"], found["t"]) == ("1", "relaxed/relaxed", DOMAIN, "1707458400")
            assert set(found) == set("vacdsthb") | {"bh"}  # no l=: nobody appends; no x=: a digest is read late
        assert [found["s"] for found in both] == ["r2027", "e2027"]

    def test_what_must_not_be_added_is_listed_once_more_than_it_is_there(self) -> None:
        listed = signatures(BOTH.sign(MESSAGE))[0]["h"].lower().split(":")
        twice = [
            "from",
            "to",
            "subject",
            "date",
            "list-id",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "content-type",
        ]
        assert [name for name in listed if listed.count(name) == 2] == [name for name in listed if name in twice]
        assert {name for name in listed if listed.count(name) == 1} == {"reply-to", "message-id", "mime-version"}

    def test_lines_are_short_and_end_in_crlf(self) -> None:
        for message in varied(50):
            signed = BOTH.sign(message)
            assert signed.endswith(b"\r\n")
            assert signed.count(b"\n") == signed.count(b"\r\n") == signed.count(b"\r")
            assert max(map(len, signed.split(b"\r\n"))) <= 78

    def test_the_same_bytes_give_the_same_signature(self) -> None:
        assert BOTH.sign(MESSAGE) == Signer(DOMAIN, [RSA, ED]).sign(MESSAGE)
        later = MESSAGE.replace(b"06:00:00", b"06:00:07")
        before, after = (signatures(BOTH.sign(message))[0] for message in (MESSAGE, later))
        assert {name for name in before if before[name] != after[name]} == {"t", "b"}

    @pytest.mark.parametrize("date", [b"", b"Date: next week\r\n", b"Date: Fri, 09 Feb 99999 06:00:00 +0000\r\n"])
    def test_without_a_readable_date_there_is_no_time(self, date: bytes) -> None:
        message = date + MESSAGE.partition(b"\r\n")[2]
        signed = BOTH.sign(message)
        assert "t" not in signatures(signed)[0]
        assert holds(signed + message)

    def test_the_machines_zone_does_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TZ", "Asia/Seoul")
        time.tzset()
        try:
            signed = BOTH.sign(MESSAGE.replace(b"+0000", b"-0000"))
        finally:
            monkeypatch.undo()
            time.tzset()
        assert signatures(signed)[0]["t"] == "1707458400"

    def test_an_international_domain_is_written_in_a_labels(self) -> None:
        assert Signer("Bücher.example", [ED]).domain == "xn--bcher-kva.example"


class TestTampering:
    SIGNED = BOTH.sign(MESSAGE) + MESSAGE

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"12 March", b"13 March"),
            (b"2027.\r\n", b"2027.\r\nMore.\r\n"),
            (b" gets a date", b" gets no date"),
            (b"abc>", b"abd>"),
            (b"digest@", b"attacker@"),
            (b"06:00:00", b"06:00:01"),
            (b"text/plain", b"text/html"),
            (b"t=1707458400", b"t=1707458401"),
        ],
    )
    def test_a_change_breaks_it(self, old: bytes, new: bytes) -> None:
        assert holds(self.SIGNED)
        assert self.SIGNED.count(old) in (1, 2)  # the time stands in both signatures
        assert not holds(self.SIGNED.replace(old, new))

    @pytest.mark.parametrize(
        "name", ["From", "To", "Subject", "Date", "Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"]
    )
    def test_a_field_that_is_added_breaks_it(self, name: str) -> None:
        assert not holds(name.encode() + b": <https://elsewhere.example/>\r\n" + self.SIGNED)

    def test_what_relays_do_does_not_break_it(self) -> None:
        relayed = b"Received: by relay.example\r\nX-Spam: no\r\n" + self.SIGNED.replace(b"Subject: ", b"SUBJECT:  ")
        assert holds(relayed.replace(b"2027.\r\n", b"2027. \r\n\r\n\r\n"))


class TestRotation:
    def test_the_first_of_each_algorithm_signs_and_the_others_are_only_published(self) -> None:
        old = new_key("r2026", "rsa")
        signer = Signer(DOMAIN, [RSA, old, ED])
        assert [found["s"] for found in signatures(signer.sign(MESSAGE))] == ["r2027", "e2027"]
        assert [key.selector for key in signer.keys] == ["r2027", "r2026", "e2027"]

    def test_what_the_old_key_signed_holds_while_its_record_stays(self) -> None:
        old = new_key("r2026", "rsa")
        on_its_way = Signer(DOMAIN, [old]).sign(MESSAGE) + MESSAGE
        published = records(Signer(DOMAIN, [RSA, old]))
        assert holding(on_its_way, published) == [True]
        assert holding(on_its_way, records(Signer(DOMAIN, [RSA]))) == [False]


def keep(path: Path, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> None:
    encryption = serialization.BestAvailableEncryption(password) if password else NO_ENCRYPTION
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, encryption))


class TestKeyFiles:
    def test_what_is_written_is_read_again(self, tmp_path: Path) -> None:
        pairs = []
        for key in (RSA, ED):
            (tmp_path / key.selector).write_bytes(key.pem())
            pairs.append((key.selector, tmp_path / key.selector))
        read = load_keys(pairs)
        assert [(key.selector, key.algorithm, key.record) for key in read] == [
            (key.selector, key.algorithm, key.record) for key in (RSA, ED)
        ]
        assert Signer(DOMAIN, read).sign(MESSAGE) == BOTH.sign(MESSAGE)

    def test_the_older_form_of_a_file_is_read_too(self, tmp_path: Path) -> None:
        assert isinstance(RSA.private, rsa.RSAPrivateKey)
        form = serialization.PrivateFormat.TraditionalOpenSSL
        (tmp_path / "old.pem").write_bytes(RSA.private.private_bytes(serialization.Encoding.PEM, form, NO_ENCRYPTION))
        assert load_keys([("r2027", tmp_path / "old.pem")])[0].record == RSA.record

    @pytest.mark.parametrize(
        ("kind", "says"),
        [
            ("missing", "cannot be read (No such file or directory)"),
            ("folder", "cannot be read (Is a directory)"),
            ("empty", "holds no private key in PEM"),
            ("public", "holds no private key in PEM"),
            ("broken", "holds no private key in PEM"),
            ("encrypted", "is encrypted"),
            ("short", "has 1024 bits, and 2048 are the least"),
            ("curve", "is neither RSA nor Ed25519"),
        ],
    )
    def test_one_that_cannot_be_used_is_named_and_not_shown(self, kind: str, says: str, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        pem = RSA.pem()
        match kind:
            case "folder":
                file.mkdir()
            case "empty":
                file.touch()
            case "public":
                public = RSA.private.public_key()
                form = serialization.PublicFormat.SubjectPublicKeyInfo
                file.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
            case "broken":
                file.write_bytes(pem[:300] + pem[400:])
            case "encrypted":
                keep(file, rsa.generate_private_key(65537, 2048), b"secret")
            case "short":
                keep(file, rsa.generate_private_key(65537, 1024))
            case "curve":
                keep(file, ec.generate_private_key(ec.SECP256R1()))
        with pytest.raises(SettingsError) as caught:
            load_keys([("r2027", file)])
        assert f"WATERCOOLER_DKIM_KEYS: the key of r2027 ({file}) {says}; " in str(caught.value)
        assert "watercooler dkim new" in str(caught.value) or "name the file" in str(caught.value)
        assert not any(line in str(caught.value) for line in pem.decode().splitlines())

    def test_a_key_does_not_show_itself(self) -> None:
        assert "private" not in repr(RSA).lower()

    @pytest.mark.parametrize("selector", ["", "a b", "-a", "a.", "a_b", "ü", "a" * 64, "a\n"])
    def test_what_is_no_selector_is_refused(self, selector: str) -> None:
        with pytest.raises(UsageError, match="is no selector"):
            new_key(selector, "ed25519")


class TestSetting:
    @pytest.mark.parametrize("value", ["2027a", "=x.pem", "2027a=", "a=x.pem,a=y.pem", "a b=x.pem", "A=x.pem,a=y.pem"])
    def test_a_wrong_one_says_what_is_wanted(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", value)
        with pytest.raises(SettingsError, match="WATERCOOLER_DKIM_KEYS: SELECTOR=FILE, SELECTOR=FILE is wanted"):
            Settings.from_env()

    def test_a_key_that_was_put_there_itself_is_not_repeated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", RSA.pem().decode())
        with pytest.raises(SettingsError) as caught:
            Settings.from_env()
        assert RSA.pem().decode().splitlines()[1][:20] not in str(caught.value)

    def test_services_sign_for_the_domain_of_from(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for key in (RSA, ED):
            (tmp_path / f"{key.selector}.pem").write_bytes(key.pem())
        monkeypatch.setenv("WATERCOOLER_FROM", "News <news@watercooler.example>")
        monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", f"R2027={tmp_path}/r2027.pem, e2027 = {tmp_path}/e2027.pem,")
        signer = open_services(Settings.from_env()).signer
        assert signer is not None
        assert signer.sign(MESSAGE) == BOTH.sign(MESSAGE)

    def test_without_keys_nothing_is_signed(self) -> None:
        assert open_services(Settings.from_env()).signer is None

    def test_a_key_that_cannot_be_used_is_found_before_an_issue_is_opened(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", "a=/nowhere/a.pem")
        with pytest.raises(SettingsError, match=r"the key of a \(/nowhere/a.pem\) cannot be read"):
            open_services(Settings.from_env()).check_post()
