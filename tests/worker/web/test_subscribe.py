"""Signing up: one mail, the same answer for everybody, and nothing that a stranger types is believed."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.worker.web.conftest import BASE, Desk
from worker.errors import MailError
from worker.privacy import erase
from worker.signup import send_letters
from worker.web import make_app
from worker.web.limits import KEYS, Gate, Window, client_of

ANN = "ann@example.org"


def body(text: str) -> str:
    """A page without what may differ by what was typed."""
    return re.sub(r"\s+", " ", text)


class TestSignUp:
    def test_the_form_leads_to_one_mail_that_asks_to_confirm(self, desk: Desk) -> None:
        desk.show("Harbour Lights")
        form = {"email": "Ann@Example.org", "shows": "harbour lights", "zone": "Europe/Berlin", "language": "es"}
        answer = desk.client.post("/subscribe", data=form)
        assert answer.status_code == 200
        assert "buzón" in answer.text
        ann = desk.of("Ann@example.org")
        assert (ann.state, ann.preferences.zone, ann.preferences.language) == ("pending", "Europe/Berlin", "es")
        assert [mail["To"] for mail in desk.mails()] == ["Ann@example.org"]
        assert desk.mails()[0]["Subject"] == "Confirma tu suscripción a Watercooler"
        assert "Harbour Lights" in str(desk.mails()[0].get_body(("plain",)))
        assert desk.record(ANN) == ["asked", "mailed"]
        desk.client.post(desk.link(desk.mails()[0], "confirm"))
        assert [desk.of(ANN).state, len(desk.of(ANN).follows)] == ["active", 1]

    def test_programs_get_json(self, desk: Desk) -> None:
        desk.show("Harbour Lights")
        answer = desk.client.post("/subscribe", json={"email": ANN, "shows": ["harbour-lights"], "zone": "asia/seoul"})
        assert (answer.status_code, answer.json()["status"]) == (202, "asked")
        assert desk.of(ANN).preferences.zone == "Asia/Seoul"
        assert len(desk.of(ANN).follows) == 1

    def test_an_unconfirmed_address_gets_one_mail_in_72_hours(self, desk: Desk) -> None:
        for _ in range(4):
            desk.client.post("/subscribe", data={"email": ANN})
            desk.later(hours=18)
        assert len(desk.mails()) == 1
        desk.later(minutes=1)
        desk.client.post("/subscribe", data={"email": ANN})
        assert len(desk.mails()) == 2

    def test_wishes_of_the_unconfirmed_add_up(self, desk: Desk) -> None:
        for name in ("Harbour Lights", "Night Ferry"):
            desk.show(name)
            desk.client.post("/subscribe", data={"email": ANN, "shows": name, "zone": "Asia/Seoul"})
        assert len(desk.of(ANN).follows) == 2
        assert len(desk.mails()) == 1

    def test_nobody_else_changes_what_a_reader_has(self, desk: Desk) -> None:
        desk.show("Harbour Lights")
        ann = desk.reader(ANN, desk.show("Night Ferry"))
        desk.later(days=1)
        form = {"email": ANN, "shows": "Harbour Lights", "zone": "Asia/Seoul", "language": "ko"}
        for _ in range(3):
            desk.client.post("/subscribe", data=form)
        assert desk.of(ANN) == ann
        assert [mail["Subject"] for mail in desk.mails()] == ["You get Watercooler digests already"]
        assert "preferences" in desk.link(desk.mails()[0], "preferences")

    def test_who_filled_in_what_no_person_sees_gets_the_same_answer_and_no_mail(self, desk: Desk) -> None:
        answer = desk.client.post("/subscribe", data={"email": ANN, "website": "http://spam.example"})
        other = desk.client.post("/subscribe", data={"email": "bob@example.org"})
        assert answer.text == other.text
        assert not desk.knows(ANN)

    def test_who_was_erased_may_come_back_by_their_own_will(self, desk: Desk) -> None:
        desk.reader(ANN)
        erase(desk.kit.store, ANN, desk.kit.settings.keys, desk.now)
        desk.client.post("/subscribe", data={"email": ANN})
        desk.client.post(desk.link(desk.mails()[0], "confirm"))
        assert desk.of(ANN).state == "active"

    def test_an_address_that_nobody_confirms_is_forgotten_after_a_week(self, desk: Desk) -> None:
        desk.client.post("/subscribe", data={"email": ANN})
        desk.reader("bob@example.org")
        desk.later(days=7)
        send_letters(desk.kit.store, desk.kit.post, desk.now)
        assert desk.knows(ANN)
        desk.later(seconds=1)
        send_letters(desk.kit.store, desk.kit.post, desk.now)
        assert not desk.knows(ANN)
        assert desk.knows("bob@example.org")

    def test_without_a_public_address_there_is_no_sign_up(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(desk.kit.settings, "public_url", "")
        for answer in (desk.client.get("/subscribe"), desk.client.post("/subscribe", data={"email": ANN})):
            assert answer.status_code == 503
        assert not desk.knows(ANN)


class TestSameAnswer:
    @pytest.mark.parametrize("as_json", [False, True])
    def test_known_and_unknown_addresses_get_the_same_answer(self, desk: Desk, as_json: bool) -> None:
        """To the byte, with the same headers; and all that depends on the address happens after the answer."""
        desk.reader("active@example.org")
        gone = desk.reader("gone@example.org")
        leave = desk.kit.services.links.unsubscribe(gone.id) or ""
        desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
        desk.client.post("/subscribe", data={"email": "asked@example.org"})
        answers = []
        for name in ("new", "active", "gone", "asked"):
            form = {"email": f"{name}@example.org"}
            answers.append(desk.client.post("/subscribe", **({"json": form} if as_json else {"data": form})))
        assert len({(answer.status_code, answer.text, str(answer.headers)) for answer in answers}) == 1

    def test_the_answer_is_there_before_the_address_is_looked_up(self, desk: Desk) -> None:
        """The store is asked about an address only when the whole answer has been handed over."""
        seen: list[tuple[str, bool]] = []
        app = make_app(desk.kit, lambda: desk.now)

        async def watching(scope, receive, send):  # type: ignore[no-untyped-def] # an ASGI app
            async def tell(message):  # type: ignore[no-untyped-def]
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    seen.append(("answered", desk.knows(ANN)))

            await app(scope, receive, tell)

        TestClient(watching, base_url=BASE).post("/subscribe", data={"email": ANN})
        assert seen == [("answered", False)]
        assert desk.knows(ANN)


class TestWrongInput:
    @pytest.mark.parametrize(
        "address",
        ["", "ann", "ann@", "@example.org", "ann@localhost", "ann@example", "a b@example.org", "ann@-x-.org", "a@b@c.org",
         "ann@example.org\r\nBcc: eve@example.org", "ann@[127.0.0.1]", "x" * 65 + "@example.org", "ann@x.invalid",
         "ann@" + "x" * 64 + ".org", "Ann <ann@example.org>", "ann\u202e@example.org", "ann@example.org, eve@example.org"],
    )  # fmt: skip
    def test_addresses_that_cannot_exist_are_answered_plainly(self, desk: Desk, address: str) -> None:
        answer = desk.client.post("/subscribe", data={"email": address})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        answer = desk.client.post("/subscribe", json={"email": address})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["email"]
        assert desk.mails() == []

    @pytest.mark.parametrize(
        ("address", "to"),
        [("ann@bücher.example", "ann@xn--bcher-kva.example"), ("ann@예시.한국", "ann@xn--vv4b11d.xn--3e0b707e"),
         ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example")],
    )  # fmt: skip
    def test_international_addresses_are_taken(self, desk: Desk, address: str, to: str) -> None:
        assert desk.client.post("/subscribe", data={"email": address}).status_code == 200
        raw = desk.mails()[0]["To"]
        assert str(raw).encode("utf-8", "surrogateescape").decode() == to
        assert desk.of(address).email == address

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "x" * 5000, "Factory", "localtime"])
    def test_an_unknown_zone_says_what_to_do(self, desk: Desk, zone: str) -> None:
        answer = desk.client.post("/subscribe", data={"email": ANN, "zone": zone})
        assert answer.status_code == 422
        assert "There is no time zone" in answer.text
        assert "Europe/Berlin" in answer.text
        assert f'value="{ANN}"' in answer.text  # nobody types it twice
        assert not desk.knows(ANN)

    def test_a_citys_zone_is_named(self, desk: Desk) -> None:
        assert (
            "Did you mean Europe/Berlin?" in desk.client.post("/subscribe", data={"email": ANN, "zone": "berlin"}).text
        )

    def test_an_unknown_language_names_those_there_are(self, desk: Desk) -> None:
        answer = desk.client.post("/subscribe", json={"email": ANN, "language": "tlh"})
        assert answer.json()["errors"] == [
            {"field": "language", "message": "There is no language “tlh” here. Please choose one of these: en, es, ko."}
        ]

    def test_an_unknown_show_names_what_is_near(self, desk: Desk) -> None:
        desk.show("Harbour Lights")
        answer = desk.client.post("/subscribe", data={"email": ANN, "shows": "Harbor Light\nQwertzuiop"})
        assert "“Harbor Light” yet. Did you mean Harbour Lights?" in answer.text
        assert "“Qwertzuiop” yet. Please look for a slip" in answer.text
        assert not desk.knows(ANN)

    def test_too_many_shows_are_too_many(self, desk: Desk) -> None:
        names = [f"Show {n}" for n in range(101)]
        answer = desk.client.post("/subscribe", json={"email": ANN, "shows": names})
        assert "too many shows" in answer.text

    @given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_is_typed_is_escaped_and_answered(
        self, desk: Desk, email: str, shows: str, zone: str, language: str
    ) -> None:
        desk.later(hours=1)
        form = {"email": email + "<i>", "shows": shows + '"><script>x</script>', "zone": zone, "language": language}
        for answer in (
            desk.client.post("/subscribe", content=json.dumps(form), headers={"Content-Type": "application/json"}),
            desk.client.post("/subscribe", data={k: v.encode("utf-8", "replace") for k, v in form.items()}),
        ):
            assert answer.status_code == 422
            assert "html" not in answer.headers["content-type"] or "<script" not in answer.text
        assert desk.mails() == []


class TestRemakes:
    @pytest.fixture(autouse=True)
    def _registry(self, desk: Desk) -> None:
        self.old = desk.show("Ghosts", year=2019, country="GB")
        self.new = desk.show("Ghosts", year=2021, country="US")
        self.plain = desk.show("Castle")
        self.german = desk.show("Castle (DE)")

    def follows(self, desk: Desk) -> list[int]:
        return [follow.show_id for follow in desk.of(ANN).follows]

    def test_a_name_of_several_shows_offers_the_choices(self, desk: Desk) -> None:
        answer = desk.client.post("/subscribe", json={"email": ANN, "shows": ["Ghosts"]})
        assert answer.status_code == 422
        assert answer.json()["choices"] == [
            {"show": "Ghosts", "choices": [{"key": "ghosts-gb" if self.old.key != "ghosts" else "ghosts", "name": "Ghosts (2019, GB)"},
                                           {"key": self.new.key, "name": "Ghosts (2021, US)"}]}
        ]  # fmt: skip
        page = desk.client.post("/subscribe", data={"email": ANN, "shows": "Ghosts"}).text
        assert "Which “Ghosts”?" in page
        assert f'name="key" value="{self.new.key}"' in page

    @pytest.mark.parametrize("said", ["Ghosts (2021)", "ghosts (us)", "Ghosts (US, 2021)", "Ghosts [2021, US]"])
    def test_year_or_country_tell_them_apart(self, desk: Desk, said: str) -> None:
        assert desk.client.post("/subscribe", json={"email": ANN, "shows": [said]}).status_code == 202
        assert self.follows(desk) == [self.new.id]

    def test_the_pick_on_the_form_is_taken_beside_what_else_was_typed(self, desk: Desk) -> None:
        form = {"email": ANN, "shows": "Castle (DE)", "key": [self.old.key, self.new.key]}
        assert desk.client.post("/subscribe", data=form).status_code == 200
        assert self.follows(desk) == sorted([self.old.id, self.new.id, self.german.id])

    def test_a_pick_settles_the_name_it_was_asked_for(self, desk: Desk) -> None:
        assert (
            desk.client.post("/subscribe", data={"email": ANN, "shows": "Ghosts", "key": self.old.key}).status_code
            == 200
        )
        assert self.follows(desk) == [self.old.id]

    def test_a_name_without_marks_is_offered_by_its_key(self, desk: Desk) -> None:
        answer = desk.client.post("/subscribe", json={"email": ANN, "shows": ["Castle"]})
        names = [one["name"] for one in answer.json()["choices"][0]["choices"]]
        assert names == ["Castle [castle]", "Castle (DE) [castle-de]"]
        assert desk.client.post("/subscribe", json={"email": ANN, "shows": names}).status_code == 202
        assert self.follows(desk) == [self.plain.id, self.german.id]


class TestLimits:
    def test_ten_thousand_sign_ups_from_one_place_leave_a_few_mails(self, desk: Desk) -> None:
        few = desk.kit.settings.signups_per_client
        statuses = [desk.client.post("/subscribe", json={"email": f"r{n}@example.org"}).status_code for n in range(500)]
        assert statuses.count(202) == len(desk.mails()) == few == 5
        assert set(statuses) == {202, 429}
        gate = Gate(few, desk.kit.settings.signups_per_hour)
        entered = [gate.enter("192.0.2.1", desk.now + timedelta(seconds=n / 5)) is None for n in range(10_000)]
        assert sum(entered) == few

    def test_who_comes_too_often_learns_when_to_come_back(self, desk: Desk) -> None:
        for n in range(5):
            desk.client.post("/subscribe", data={"email": f"r{n}@example.org"})
        desk.later(minutes=20)
        answer = desk.client.post("/subscribe", data={"email": ANN})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) == 40 * 60
        assert "in 40 minutes" in answer.text
        desk.later(minutes=40)
        assert desk.client.post("/subscribe", data={"email": ANN}).status_code == 200

    def test_slips_do_not_count_as_sign_ups(self, desk: Desk) -> None:
        for _ in range(20):
            assert desk.client.post("/subscribe", data={"email": "slip"}).status_code == 422
        assert desk.client.post("/subscribe", data={"email": ANN}).status_code == 200

    def test_all_together_have_a_limit_too(self, desk: Desk) -> None:
        app = make_app(desk.kit, lambda: desk.now)
        limit = desk.kit.settings.signups_per_hour
        taken = 0
        for n in range(limit + 10):
            client = TestClient(app, base_url=BASE, client=(f"10.1.{n // 200}.{n % 200}", 5000))
            taken += client.post("/subscribe", json={"email": f"r{n}@example.org"}).status_code == 202
        assert taken == len(desk.mails()) == limit

    def test_an_ipv6_network_is_one_client(self) -> None:
        assert client_of("2001:db8::1") == client_of("2001:db8::ffff:2%eth0") != client_of("2001:db8:0:1::1")
        assert client_of("::ffff:192.0.2.1") == client_of("192.0.2.1") != client_of("192.0.2.2")
        assert client_of(None) == client_of("") == ""

    @given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(1, 5))
    def test_no_span_of_time_holds_more_than_the_limit(self, gaps: list[int], times: int) -> None:
        from tests.factories import NOW

        window, span, now, taken = Window(times, timedelta(seconds=600)), timedelta(seconds=600), NOW, []
        for gap in gaps:
            now += timedelta(seconds=gap)
            wait = window.take("a", now)
            if wait is None:
                taken.append(now)
            else:
                assert timedelta(0) < wait <= span
                assert window.take("a", now) is not None
                assert len([one for one in taken if now - one < span]) == times
            assert len([one for one in taken if now - one < span]) <= times

    def test_clients_without_end_do_not_fill_the_memory(self) -> None:
        from tests.factories import NOW

        window = Window(1, timedelta(hours=1))
        for n in range(KEYS + 5000):
            window.take(str(n), NOW)
        assert len(window._taken) == KEYS


class Balky:
    """A transport that is a real one, but for the messages that it does not take."""

    name = "balky"

    def __init__(self, inner: object, faults: list[MailError | None]) -> None:
        self.inner, self.faults = inner, faults

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        return str(self.inner.send(message, sender, recipient))  # type: ignore[attr-defined]

    def close(self) -> None:
        """Nothing is kept open."""


class TestMailServers:
    def balk(self, desk: Desk, *faults: MailError | None) -> None:
        inner = desk.kit.services.transport
        desk.kit.services.__dict__["transport"] = Balky(inner, list(faults))

    def test_a_mail_that_is_put_off_is_tried_again_at_the_times_of_the_retry_schedule(self, desk: Desk) -> None:
        later = MailError(ANN, "451 try later", permanent=False)
        self.balk(desk, later, later)
        desk.client.post("/subscribe", data={"email": ANN})
        tried = []
        for minute in range(60):
            desk.later(minutes=1)
            if send_letters(desk.kit.store, desk.kit.post, desk.now):
                tried.append(minute + 1)
        assert len(desk.mails()) == 1
        assert tried == [6]  # after one minute, refused again, and five more
        assert desk.record(ANN) == ["asked", "tried", "tried", "mailed"]

    def test_it_is_given_up_when_the_schedule_is_at_its_end(self, desk: Desk) -> None:
        self.balk(desk, *[MailError(ANN, "451 try later", permanent=False) for _ in range(1000)])
        desk.client.post("/subscribe", data={"email": ANN})
        for _ in range(60 * 24):
            desk.later(minutes=3)
            send_letters(desk.kit.store, desk.kit.post, desk.now)
        assert desk.record(ANN) == ["asked", *["tried"] * len(desk.kit.settings.retry_schedule)]

    @pytest.mark.parametrize(("fault", "said"), [
        (MailError(ANN, "550 nobody here", permanent=True), "refused"),
        (MailError(ANN, "the line broke", permanent=False, uncertain=True), "mailed"),
    ])  # fmt: skip
    def test_what_is_refused_or_perhaps_taken_is_not_sent_again(self, desk: Desk, fault: MailError, said: str) -> None:
        self.balk(desk, fault)
        for _ in range(3):
            assert desk.client.post("/subscribe", data={"email": ANN}).status_code == 200
            desk.later(hours=1)
            send_letters(desk.kit.store, desk.kit.post, desk.now)
        assert desk.record(ANN) == ["asked", said]
        assert desk.mails() == []

    def test_logs_hold_no_address(self, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
        self.balk(
            desk, MailError(ANN, f"550 <{ANN}> nobody here", permanent=True), *[MailError("x", "y", permanent=True)]
        )
        desk.client.post("/subscribe", data={"email": ANN})
        assert "nobody here" in caplog.text
        assert "ann@" not in caplog.text


def test_random_addresses_are_never_told_apart_by_headers(desk: Desk) -> None:
    chance = random.Random(7)
    desk.reader("r1@example.org")
    answers = {
        str(desk.client.post("/subscribe", data={"email": f"r{chance.choice([1, 2])}@example.org"}).headers)
        for _ in range(4)
    }
    assert len(answers) == 1
