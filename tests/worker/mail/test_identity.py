"""What is to be published, what is found published, and what is said of both."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.smtp import Loop, running
from worker.errors import WatercoolerError
from worker.mail.checkup import check_settings, check_zone, signature_holds
from worker.mail.dkim import Signer, new_key
from worker.mail.greeting import check_server
from worker.mail.identity import Identity, questions, records_of
from worker.mail.smtp_server import read_smtp_url
from worker.mail.zone import Zone, ask_zone, read_zone

RSA, OLD, ED = new_key("r2027", "rsa"), new_key("r2026", "rsa"), new_key("e2027", "ed25519")
GOOD = Identity(
    "digest@news.example.org",
    "news.example.org",
    "bounces.news.example.org",
    "https://news.example.org",
    read_smtp_url("smtp+starttls://user:secret@mail.news.example.org"),
    (RSA, OLD, ED),
)


def published(identity: Identity = GOOD) -> str:
    """A zone file with all that is to be published."""
    return "".join(record.line + "\n" for record in records_of(identity))


def states(identity: Identity, zone: str | None = None) -> dict[str, str]:
    """What was found, by what was looked at."""
    checks = check_settings(identity) if zone is None else check_zone(identity, read_zone(zone))
    return {check.name: check.state for check in checks}


def says(identity: Identity, name: str, zone: str | None = None) -> str:
    checks = check_settings(identity) if zone is None else check_zone(identity, read_zone(zone))
    return next(check.says for check in checks if check.name == name)


class TestRecords:
    def test_what_is_published_as_told_is_found_right(self) -> None:
        found = states(GOOD, published())
        assert set(found.values()) == {"ok"}
        assert list(found) == [
            "SPF bounces.news.example.org",
            "SPF news.example.org",
            "DKIM r2027",
            "DKIM r2026",
            "DKIM e2027",
            "DMARC",
            "MX bounces.news.example.org",
            "MX news.example.org",
        ]

    def test_one_domain_for_both_has_each_record_once(self) -> None:
        alone = replace(GOOD, bounce_domain=GOOD.domain)
        kinds = [(record.name, record.kind, record.value[:6]) for record in records_of(alone)]
        assert len(set(kinds)) == len(kinds) == 6
        assert set(states(alone, published(alone)).values()) == {"ok"}

    def test_a_long_key_stands_in_strings_of_255(self) -> None:
        record = next(record for record in records_of(GOOD) if record.name == "r2027._domainkey.news.example.org")
        assert [len(part) for part in record.strings] == [255, len(RSA.record) - 255]
        assert read_zone(record.line).find(record.name, "TXT") == (RSA.record,)

    def test_each_key_says_whether_it_signs(self) -> None:
        roles = [record.why.rpartition("which ")[2] for record in records_of(GOOD) if "_domainkey" in record.name]
        assert [role.startswith("signs") for role in roles] == [True, False, True]

    @pytest.mark.parametrize(
        ("host", "spf", "mx"),
        [
            ("mail.news.example.org", "v=spf1 a:mail.news.example.org -all", "10 mail.news.example.org."),
            ("MX.example.org.", "v=spf1 a:mx.example.org -all", "10 mx.example.org."),
            ("smtp.provider.example", "v=spf1 mx ~all", "10 mail.bounces.news.example.org."),
            ("8.8.8.8", "v=spf1 ip4:8.8.8.8 -all", "10 mail.bounces.news.example.org."),
            ("127.0.0.1", "v=spf1 mx ~all", "10 mail.bounces.news.example.org."),
        ],
    )
    def test_our_own_host_is_named_and_no_other(self, host: str, spf: str, mx: str) -> None:
        identity = replace(GOOD, server=read_smtp_url(f"smtp://{host}"))
        records = records_of(identity)
        assert (records[0].value, records[-2].value) == (spf, mx)

    def test_dmarc_begins_by_watching(self) -> None:
        record = next(record for record in records_of(GOOD) if record.name.startswith("_dmarc"))
        assert record.value == "v=DMARC1; p=none; rua=mailto:dmarc@news.example.org"

    def test_the_questions_are_those_of_the_records_and_of_policies_above(self) -> None:
        asked = questions(GOOD)
        assert {(record.name, record.kind) for record in records_of(GOOD)} < set(asked)
        assert ("_dmarc.example.org", "TXT") in asked
        assert len(set(asked)) == len(asked)


class TestSettings:
    def test_all_is_well(self) -> None:
        assert set(states(GOOD).values()) == {"ok"}
        assert "secret" not in "".join(check.says for check in check_settings(GOOD))

    @pytest.mark.parametrize(
        ("changed", "name", "state", "words"),
        [
            ({"address": "no-reply@news.example.org"}, "From", "wrong", "readers answer"),
            ({"address": "DoNotReply@news.example.org"}, "From", "wrong", "readers answer"),
            ({"domain": "watercooler.example"}, "From", "wrong", "set WATERCOOLER_FROM"),
            ({"address": "a@host", "domain": "host"}, "From", "wrong", "a domain like"),
            ({"public_url": "http://news.example.org"}, "unsubscribe", "wrong", "https only"),
            ({"public_url": ""}, "unsubscribe", "warning", "only by mail"),
            ({"keys": ()}, "DKIM keys", "wrong", "unsigned"),
            ({"keys": (ED,)}, "DKIM keys", "wrong", "add an RSA key"),
            ({"keys": (RSA,)}, "DKIM keys", "ok", "r2027 (rsa) signs"),
            ({"keys": (OLD, RSA, ED)}, "DKIM keys", "ok", "r2026 (rsa) and e2027 (ed25519) sign"),
            ({"exposed": (Path("a.pem"),)}, "DKIM keys", "warning", "a.pem: chmod 600"),
            ({"faults": (("DKIM keys", "cannot be read"),)}, "DKIM keys", "wrong", "cannot be read"),
            ({"bounce_domain": "news.example.org"}, "return path", "ok", "aligned"),
            ({"bounce_domain": "example.org"}, "return path", "ok", "aligned"),
            ({"bounce_domain": "bounces.example.org"}, "return path", "warning", "if example.org is yours"),
            ({"bounce_domain": "mailer.example"}, "return path", "warning", "DKIM alone"),
            ({"bounce_domain": "mailer.example", "keys": ()}, "return path", "wrong", "WATERCOOLER_BOUNCE_DOMAIN"),
            ({"server": None}, "server", "warning", "nothing leaves this machine"),
            ({"server": read_smtp_url("smtp://mx.example")}, "server", "ok", "when the server offers it"),
        ],
    )
    def test_what_is_said_of_a_setting(self, changed: dict[str, object], name: str, state: str, words: str) -> None:
        identity = replace(GOOD, **changed)  # type: ignore[arg-type]  # the table says which field
        assert states(identity)[name] == state
        assert words in says(identity, name)

    def test_names_that_only_look_like_nobody_are_fine(self) -> None:
        assert states(replace(GOOD, address="nora.eply@news.example.org"))["From"] == "ok"

    def test_a_key_whose_record_is_another_ones_is_found_by_the_trial(self) -> None:
        assert states(replace(GOOD, keys=(replace(RSA, record=OLD.record),)))["signature r2027"] == "wrong"


class TestTrial:
    MESSAGE = b"From: a@news.example.org\r\nSubject: x\r\n\r\nbody\r\n"

    @pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
    def test_it_holds_and_breaks(self, key: object) -> None:
        assert key is RSA or key is ED
        chosen = RSA if key is RSA else ED
        field = Signer("news.example.org", [chosen]).sign(self.MESSAGE)
        assert signature_holds(field, self.MESSAGE, chosen.record)
        assert not signature_holds(field, self.MESSAGE.replace(b"body", b"bodies"), chosen.record)
        assert not signature_holds(field, self.MESSAGE.replace(b": x", b": y"), chosen.record)
        assert not signature_holds(field, self.MESSAGE, OLD.record)
        assert not signature_holds(field, self.MESSAGE, "v=DKIM1; p=nonsense")


DKIM_NAME = "r2027._domainkey.news.example.org"


class TestPublished:
    @pytest.mark.parametrize(
        ("old", "new", "name", "state", "words"),
        [  # keys are new in each process, and an id has to be the same in all: those rows have one
            ('news.example.org. IN TXT "v=spf1', 'x. IN TXT "v=spf1', "SPF news.example.org", "wrong", "none is"),
            ("-all", "+all", "SPF news.example.org", "wrong", "anybody"),
            ("-all", "?all", "SPF news.example.org", "wrong", "anybody"),
            ("-all", "~all", "SPF news.example.org", "ok", "~all"),
            ("a:mail", "include:a.b " * 11 + "a:mail", "SPF news.example.org", "wrong", "12 other records"),
            (DKIM_NAME, "x", "DKIM r2027", "wrong", f"at {DKIM_NAME} is not published"),
            pytest.param(RSA.record[:255], OLD.record[:255], "DKIM r2027", "wrong", "another key", id="another key"),
            pytest.param(RSA.record[255:], "", "DKIM r2027", "wrong", "see that it is whole", id="half a key"),
            ("k=ed25519", "k=rsa", "DKIM e2027", "wrong", "another kind"),
            ("k=ed25519", "k=ed25519; t=s:y", "DKIM e2027", "warning", "t=y"),
            ("k=ed25519", "h=sha1; k=ed25519", "DKIM e2027", "wrong", "another kind"),
            pytest.param(
                ED.record, "v=DKIM1; k=ed25519; p=", "DKIM e2027", "wrong", "takes the key back", id="taken back"
            ),
            ("_dmarc.news", "_dmarc.other", "DMARC", "wrong", "no policy"),
            ("_dmarc.news.example", "_dmarc.example", "DMARC", "ok", "at _dmarc.example.org"),
            ("p=none", "p=all", "DMARC", "wrong", "has no p=none"),
            ("p=none", "p=reject", "DMARC", "ok", "p=reject"),
            ("p=none", "p=none; pct=50", "DMARC", "warning", "pct, which RFC 9989"),
            ("; rua=mailto:dmarc@news.example.org", "", "DMARC", "warning", "no rua"),
            ("bounces.news.example.org. IN MX", "x. IN MX", "MX bounces.news.example.org", "wrong", "has no MX"),
            ("10 mail.news.example.org.", "0 .", "MX news.example.org", "wrong", "takes no mail"),
        ],
    )
    def test_what_is_said_of_another_record(self, old: str, new: str, name: str, state: str, words: str) -> None:
        zone = published()
        assert old in zone
        zone = zone.replace(old, new)
        assert states(GOOD, zone)[name] == state
        assert words in says(GOOD, name, zone)

    @pytest.mark.parametrize("name", ["SPF news.example.org", "DKIM r2027", "DMARC"])
    def test_two_where_one_is_wanted(self, name: str) -> None:
        more = 'news.example.org. TXT "v=spf1 mx -all"\n_dmarc.news.example.org. TXT "v=DMARC1; p=none"\n'
        zone = published() + more + f'{DKIM_NAME}. TXT "{OLD.record}"\n'
        assert states(GOOD, zone)[name] == "wrong"
        assert "2 " in says(GOOD, name, zone)

    def test_other_texts_at_a_name_do_not_matter(self) -> None:
        zone = published() + 'news.example.org. TXT "site-verification=1"\nnews.example.org. TXT "v=spf10"\n'
        assert set(states(GOOD, zone).values()) == {"ok"}


class TestZone:
    @pytest.mark.parametrize(
        "text",
        [
            'a.example.org. 3600 IN TXT "one " "two;"',
            'A.EXAMPLE.ORG. IN TXT "one two;" ; a comment',
            "a.example.org TXT one two;",
            "a.example.org. 300 IN TXT one two;",
            '$ORIGIN example.org.\na TXT "one two;"',
            '$ORIGIN a.example.org.\n@ IN 60 TXT ( "one " ; comment (\n  "two;" )',
            'a.example.org. A 192.0.2.1\n  TXT "one two;"',
            'a.example.org. TXT "one\\032two\\;"',
            'a.example.org. CNAME b.example.net.\nb.example.net. TXT "one two;"',
            '; <<>> DiG 9.18 <<>>\n;; global options: +cmd\na.example.org.\t300\tIN\tTXT\t"one two;"\n\nnonsense\n',
        ],
    )
    def test_all_ways_to_write_it(self, text: str) -> None:
        assert read_zone(text).find("a.example.org.", "TXT") == ("one two;",)

    def test_aliases_that_run_in_a_circle_end(self) -> None:
        assert read_zone("a. CNAME b.\nb. CNAME a.\n").find("a", "TXT") == ()

    @given(words=st.lists(st.sampled_from([*'a. ;"()\\\n\t@', "TXT ", " IN ", " MX ", "$ORIGIN ", "CNAME ", "é", "9"])))
    def test_nothing_that_is_read_fails(self, words: list[str]) -> None:
        text = "".join(words)
        zone = read_zone(text)
        assert all(name == name.lower() for name, _ in zone.records)
        check_zone(GOOD, zone)

    @given(value=st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]), min_size=1))
    def test_any_value_comes_back(self, value: str) -> None:
        assert read_zone(f'x. TXT "{value}"').find("x", "TXT") == (value,)


@pytest.fixture
def name_service() -> Iterator[dns.resolver.Resolver]:
    """A name server on loopback: it has what is to be published, does not know of `nowhere`, and fails for `broken`."""
    zone = read_zone(published())
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))

    def serve() -> None:
        while (received := listener.recvfrom(4096))[0] != b"stop":
            query = dns.message.from_wire(received[0])
            listener.sendto(_answer(query, zone).to_wire(), received[1])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
    yield resolver
    listener.sendto(b"stop", listener.getsockname())
    thread.join(5)
    listener.close()


def _answer(query: dns.message.Message, zone: Zone) -> dns.message.Message:
    answer = dns.message.make_response(query)
    asked = query.question[0]
    name, kind = asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype)
    if name.startswith("nowhere"):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif name.startswith("broken"):
        answer.set_rcode(dns.rcode.SERVFAIL)
    values = zone.find(name, kind)
    if values:
        split = [
            " ".join(f'"{v[at : at + 200]}"' for at in range(0, len(v), 200)) if kind == "TXT" else v for v in values
        ]
        answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, split))
    return answer


class TestAsking:
    def test_what_the_name_service_has_is_what_a_file_has(self, name_service: dns.resolver.Resolver) -> None:
        found = ask_zone(questions(GOOD), name_service)
        assert {check.state for check in check_zone(GOOD, found)} == {"ok"}

    def test_a_name_that_is_not_there_has_nothing(self, name_service: dns.resolver.Resolver) -> None:
        assert ask_zone([("nowhere.example.org", "TXT")], name_service).find("nowhere.example.org", "TXT") == ()

    def test_one_that_fails_is_named(self, name_service: dns.resolver.Resolver) -> None:
        with pytest.raises(WatercoolerError, match=r"does not say what broken.example.org has .*--zone FILE"):
            ask_zone([("broken.example.org", "TXT")], name_service)


@pytest.fixture(scope="module")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """SMTP servers with a certificate that they signed themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36_500))
    signed = made.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    yield from running(context, "s3cret")


class TestConnecting:
    def test_a_server_without_encryption(self, smtp: Loop) -> None:
        server = smtp.listen()
        check = check_server(read_smtp_url(f"smtp://127.0.0.1:{server.port}"))
        assert check.state == "ok"  # it is on this machine
        assert "answers, not encrypted; it offers 8BITMIME" in check.says
        assert server.taken == []

    def test_one_with_starttls(self, smtp: Loop) -> None:
        server = smtp.listen(starttls=True)
        check = check_server(read_smtp_url(f"smtp://127.0.0.1:{server.port}"))
        assert (check.state, "encrypted by TLSv1" in check.says) == ("ok", True)

    def test_one_whose_certificate_is_not_trusted(self, smtp: Loop) -> None:
        server = smtp.listen(starttls=True)
        check = check_server(read_smtp_url(f"smtp+starttls://127.0.0.1:{server.port}"))
        assert (check.state, "certificate that is not trusted" in check.says) == ("wrong", True)

    @pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
    def test_one_that_refuses_the_login(self, smtp: Loop) -> None:
        server = smtp.listen(login=True)
        good, bad = (
            check_server(read_smtp_url(f"smtp://user:{word}@127.0.0.1:{server.port}")) for word in ("s3cret", "no")
        )
        assert (good.state, "logged in as user" in good.says) == ("ok", True)
        assert (bad.state, "refuses the login" in bad.says) == ("wrong", True)
        assert "s3cret" not in good.says

    def test_one_that_is_not_there(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            check = check_server(read_smtp_url(f"smtp://127.0.0.1:{free.getsockname()[1]}"))
        assert (check.state, "refuses connections" in check.says) == ("wrong", True)
