"""The web app: subscribers' links and health."""

from __future__ import annotations

import random
import string
from datetime import timedelta

import pytest

from tests.worker.web.conftest import Desk
from worker.privacy import erase

ANN = "ann@example.org"


def path(url: str | None) -> str:
    assert url
    return url.removeprefix("https://news.example")


class TestUnsubscribe:
    def test_a_get_shows_a_button_and_changes_nothing(self, desk: Desk) -> None:
        ann = desk.reader()
        url = path(desk.kit.services.links.unsubscribe(ann.id))
        for method in ("HEAD", "GET", "GET"):
            answer = desk.client.request(method, url)
            assert answer.status_code == 200
        assert "<button" in answer.text
        assert "/preferences/" in answer.text
        assert desk.of(ANN).state == "active"

    @pytest.mark.parametrize("times", [1, 2])
    def test_one_click_unsubscribes_without_cookie_or_redirect(self, desk: Desk, times: int) -> None:
        url = path(desk.kit.services.links.unsubscribe(desk.reader().id))
        for _ in range(times):
            answer = desk.client.post(url, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "null"})
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
        assert desk.of(ANN).state == "unsubscribed"
        assert desk.record(ANN) == ["added", "unsubscribed"]

    def test_mail_services_may_send_the_key_as_multipart(self, desk: Desk) -> None:
        url = path(desk.kit.services.links.unsubscribe(desk.reader().id))
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert desk.client.post(url, content=body, headers=headers).status_code == 200
        assert desk.of(ANN).state == "unsubscribed"

    @pytest.mark.parametrize("content", [b"", b"x=y", b"List-Unsubscribe=No"])
    def test_a_post_without_the_key_is_no_click(self, desk: Desk, content: bytes) -> None:
        url = path(desk.kit.services.links.unsubscribe(desk.reader().id))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert desk.client.post(url, content=content, headers=headers).status_code == 400
        assert desk.of(ANN).state == "active"

    def test_who_left_comes_back_by_a_mail(self, desk: Desk) -> None:
        links = desk.kit.services.links
        url = path(links.unsubscribe(desk.reader().id))
        desk.client.post(url, data={"List-Unsubscribe": "One-Click"})
        back = path(links.resubscribe(desk.of_id(ANN)))
        for text in (desk.client.get(url).text, desk.client.get(path(links.preferences(desk.of_id(ANN)))).text):
            assert f'action="..{back}"' in text
        desk.later(minutes=5)
        assert desk.client.get(back).status_code == 200
        assert desk.mails() == []
        for _ in range(3):
            assert desk.client.post(back).status_code == 200
        assert len(desk.mails()) == 1
        assert desk.of(ANN).state == "unsubscribed"
        desk.client.post(desk.link(desk.mails()[0], "confirm"))
        assert desk.of(ANN).state == "active"
        assert desk.of(ANN).next_slot is not None
        assert desk.record(ANN) == ["added", "unsubscribed", "asked", "mailed", "confirmed"]

    def test_who_comes_back_and_leaves_again_can_come_back_again_at_once(self, desk: Desk) -> None:
        links = desk.kit.services.links
        number = desk.reader().id
        leave, back = path(links.unsubscribe(number)), path(links.resubscribe(number))
        for _ in range(2):
            desk.later(minutes=1)
            desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
            desk.client.post(back)
            desk.client.post(desk.link([m for m in desk.mails() if "/confirm/" in m.as_string()][-1], "confirm"))
            assert desk.of(ANN).state == "active"


class TestConfirm:
    def sign_up(self, desk: Desk) -> str:
        desk.client.post("/subscribe", data={"email": ANN})
        return desk.link(desk.mails()[0], "confirm")

    def test_a_confirm_link_makes_a_pending_address_active(self, desk: Desk) -> None:
        url = self.sign_up(desk)
        for method in ("HEAD", "GET"):
            assert desk.client.request(method, url).status_code == 200
        assert desk.of(ANN).state == "pending"
        assert desk.client.post(url).status_code == 200
        assert desk.of(ANN).state == "active"

    def test_a_welcome_comes_once_and_opens_the_preferences(self, desk: Desk) -> None:
        url = self.sign_up(desk)
        for _ in range(3):
            desk.later(minutes=1)
            assert desk.client.post(url).status_code == 200
        assert len(desk.mails()) == 2
        welcome = desk.mails()[1]
        assert welcome["Subject"] == "Welcome to Watercooler"
        assert desk.client.get(desk.link(welcome, "preferences")).status_code == 200
        assert desk.client.get(desk.link(welcome, "unsubscribe")).status_code == 200

    def test_a_link_works_for_three_days(self, desk: Desk) -> None:
        url = self.sign_up(desk)
        desk.later(hours=72, seconds=1)
        assert desk.client.post(url).status_code == 404
        assert desk.of(ANN).state == "pending"

    def test_an_old_link_brings_nobody_back_who_has_left(self, desk: Desk) -> None:
        url = self.sign_up(desk)
        desk.client.post(url)
        leave = path(desk.kit.services.links.unsubscribe(desk.of_id(ANN)))
        desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
        answer = desk.client.post(url)
        assert answer.status_code == 409
        assert "before you left" in answer.text
        assert desk.of(ANN).state == "unsubscribed"

    def test_what_a_stranger_follows_is_taken_for_a_show_only_when_it_is_confirmed(self, desk: Desk) -> None:
        show = desk.show("Night Ferry", state="proposed", evidence="my-outlet")
        desk.client.post("/subscribe", data={"email": ANN, "shows": "Night Ferry"})
        with desk.kit.store.begin() as tx:
            assert show.id in tx.shows.proposed()
        desk.client.post(desk.link(desk.mails()[0], "confirm"))
        with desk.kit.store.begin() as tx:
            assert tx.shows.proposed() == {}


def test_a_link_of_somebody_who_is_erased_answers_politely(desk: Desk) -> None:
    number, links = desk.reader().id, desk.kit.services.links
    erase(desk.kit.store, ANN, desk.kit.settings.keys, desk.now)
    newcomer = desk.reader("bob@example.org").id
    assert newcomer != number  # nobody else gets the number that the links name
    leave = path(links.unsubscribe(number))
    assert desk.client.get(leave).status_code == 200
    assert desk.client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    others = (links.confirm(number, desk.now), links.preferences(number), links.resubscribe(number))
    for url in map(path, others):
        for answer in (desk.client.get(url), desk.client.post(url, data={"form": "whole"})):
            assert answer.status_code == 410
            assert "has been deleted" in answer.text
    assert desk.mails() == []


def test_ten_thousand_forged_tokens_open_nothing_and_tell_nothing(desk: Desk) -> None:
    ann, links = desk.reader(), desk.kit.services.links
    made = {
        "unsubscribe": links.unsubscribe(ann.id),
        "confirm": links.confirm(ann.id, desk.now),
        "preferences": links.preferences(ann.id),
        "resubscribe": links.resubscribe(ann.id),
    }
    tokens = {page: path(url).rpartition("/")[2] for page, url in made.items()}
    chance = random.Random(1)
    accepted = 0
    for count in range(10_000):
        page = chance.choice(list(tokens))
        forged = forge(tokens, page, count, chance)
        reads = (links.read_unsubscribe, links.read_preferences, links.read_resubscribe)
        read = {"unsubscribe": reads[0], "preferences": reads[1], "resubscribe": reads[2]}.get(page)
        found = read(forged) if read else links.read_confirm(forged, desk.now)
        accepted += found is not None
        if count % 50 == 0:
            url = f"/{page}/{forged}"
            answers = (desk.client.get(url), desk.client.post(url, data={"List-Unsubscribe": "One-Click", "form": "x"}))
            assert all(answer.status_code in (400, 404, 429) and "ann" not in answer.text for answer in answers)
    assert accepted == 0
    assert desk.of(ANN) == ann


def forge(tokens: dict[str, str], page: str, count: int, chance: random.Random) -> str:
    """A token for a page that we did not sign for it: one of another page, a changed one, or one out of thin air."""
    token = tokens[page]
    if count % 3 == 0:
        return chance.choice([other for name, other in tokens.items() if name != page])
    letters = string.ascii_letters + string.digits + "-_."
    if count % 3 == 1:
        place = chance.randrange(len(token))
        return token[:place] + chance.choice([one for one in letters if one != token[place]]) + token[place + 1 :]
    return f"{count}." + "".join(chance.choice(letters) for _ in range(43))


def test_a_link_of_an_older_key_works_until_the_key_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from worker.mail.links import Links

    old = Links("https://news.example", ["old"]).preferences(7)
    assert Links("https://news.example", ["new", "old"]).read_preferences(path(old).rpartition("/")[2]) == 7
    assert Links("https://news.example", ["new"]).read_preferences(path(old).rpartition("/")[2]) is None


@pytest.mark.parametrize("url", ["/subscribe", "/unsubscribe/x", "/confirm/x", "/preferences/x", "/resubscribe/x"])
def test_pages_are_not_kept_framed_or_indexed_and_run_nothing(desk: Desk, url: str) -> None:
    for answer in (desk.client.get(url), desk.client.post(url)):
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-robots-tag"] == "noindex"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "<script" not in answer.text
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ko", "ko"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,en;q=0.5,ko;q=0.7", "ko"),
        ("xx", "en"),
        ("", "en"),
        (";;q=,*", "en"),
    ],
)
def test_pages_speak_the_browsers_language(desk: Desk, accepted: str, language: str) -> None:
    answer = desk.client.get("/subscribe", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"[]", "application/json", 400),
        (b'{"email": 1}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"\xff=\xfe", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=b" for _ in range(2000)), "application/x-www-form-urlencoded", 400),
        (b"--b\r\n" * 9000, "multipart/form-data; boundary=b", 400),
        (b"no boundary", "multipart/form-data", 400),
        (b"hello", "text/plain", 415),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(desk: Desk, content: bytes, kind: str, status: int) -> None:
    desk.later(days=1)
    for url in ("/subscribe", path(desk.kit.services.links.preferences(desk.reader().id))):
        answer = desk.client.post(url, content=content, headers={"Content-Type": kind})
        assert answer.status_code == status
    assert desk.mails() == []


def test_a_body_without_length_is_bounded_too(desk: Desk) -> None:
    def endless():  # type: ignore[no-untyped-def] # a stream of bytes
        for _ in range(1000):
            yield b"email=" + b"x" * 1000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert desk.client.post("/subscribe", content=endless(), headers=headers).status_code == 413


def test_health_is_not_ready_without_its_tables(desk: Desk) -> None:
    with desk.kit.store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TABLE inbox")
    answer = desk.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_time_stands_still_in_tests(desk: Desk) -> None:
    url = path(desk.kit.services.links.confirm(desk.reader().id, desk.now - timedelta(hours=73)))
    assert desk.client.get(url).status_code == 404
