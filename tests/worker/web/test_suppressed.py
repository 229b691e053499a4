"""Who gets nothing sees why, and how to come back; for whom an operator stopped all mail there is none."""

from __future__ import annotations

import pytest

from tests.factories import NOW
from tests.worker.notices import ANN, arf, dsn, sent_to
from tests.worker.web.conftest import Desk
from worker.bounces import take
from worker.privacy import erase, marks
from worker.signup import Wish, send_letters, sign_up
from worker.suppress import suppress_by_hand

WHY = {"bounced": "came back as undeliverable", "complained": "reported as spam", "operator": "sends nothing to your"}
FORM = {"email": ANN, "zone": "UTC", "language": "en"}


def stop(desk: Desk, reason: str) -> None:
    """Ann gets digests no more."""
    paths = desk.kit.services.return_paths
    with desk.kit.store.begin() as tx:
        reader, delivery = sent_to(tx)
        path = paths.address(delivery, reader)
        if reason == "operator":
            suppress_by_hand(tx, ANN, "by letter", NOW)
        else:
            take(tx, dsn(to=path) if reason == "bounced" else arf(path=path), paths, NOW)


def path(url: str | None) -> str:
    assert url
    return url.removeprefix("https://news.example")


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_readers_see_why_and_can_confirm_again(desk: Desk, reason: str) -> None:
    stop(desk, reason)
    desk.later(hours=1)
    links = desk.kit.services.links
    reader = desk.of_id(ANN)
    assert WHY[reason] in desk.client.get(path(links.preferences(reader))).text
    back = path(links.resubscribe(reader))
    found = desk.client.get(back).text
    assert WHY[reason] in found
    assert "<button" in found
    desk.client.post(back)
    (mail,) = desk.mails()
    desk.client.post(desk.link(mail, "confirm"))
    assert desk.of(ANN).state == "active"
    assert WHY[reason] not in desk.client.get(path(links.preferences(reader))).text


def test_who_left_by_themselves_is_told_nothing_of_it(desk: Desk) -> None:
    reader = desk.reader()
    links = desk.kit.services.links
    desk.client.post(path(links.unsubscribe(reader.id)), data={"List-Unsubscribe": "One-Click"})
    found = desk.client.get(path(links.resubscribe(reader.id))).text
    assert "<button" in found
    assert not any(words in found for words in WHY.values())


def test_what_an_operator_stopped_has_no_button(desk: Desk) -> None:
    stop(desk, "operator")
    links, reader = desk.kit.services.links, desk.of_id(ANN)
    back = path(links.resubscribe(reader))
    for found in (desk.client.get(back).text, desk.client.post(back).text):
        assert WHY["operator"] in found
        assert "<button" not in found
    found = desk.client.get(path(links.preferences(reader))).text
    assert WHY["operator"] in found
    assert "/resubscribe/" not in found
    desk.client.post(path(links.unsubscribe(reader)), data={"List-Unsubscribe": "One-Click"})
    assert desk.of(ANN).state == "suppressed"
    assert desk.mails() == []


@pytest.mark.parametrize("address", [ANN, "Ann@Example.org", "new@example.org"])
def test_the_sign_up_page_says_the_same_and_sends_nothing(desk: Desk, address: str) -> None:
    desk.reader()
    with desk.kit.store.begin() as tx:
        suppress_by_hand(tx, ANN, "by letter", NOW)
        suppress_by_hand(tx, "new@example.org", "by letter", NOW)
    answer = desk.client.post("/subscribe", data={**FORM, "email": address})
    other = desk.client.post("/subscribe", data={**FORM, "email": "bob@example.org"})
    assert (answer.status_code, answer.text) == (other.status_code, other.text)
    assert [mail["To"] for mail in desk.mails()] == ["bob@example.org"]
    assert not desk.knows("new@example.org")


def test_who_was_erased_is_not_asked_either(desk: Desk) -> None:
    keys = desk.kit.settings.keys
    stop(desk, "operator")
    erase(desk.kit.store, ANN, keys, NOW)
    desk.client.post("/subscribe", data=FORM)
    assert desk.mails() == []
    assert not desk.knows(ANN)
    sign_up(desk.kit.store, desk.kit.services.post, Wish(ANN, "UTC", "en"), "page", NOW, marks(ANN, keys))
    assert desk.mails() == []


def test_a_confirm_mail_that_waits_goes_no_more(desk: Desk) -> None:
    store, post = desk.kit.store, desk.kit.services.post
    with store.begin() as tx:
        reader, _ = sent_to(tx)
        tx.subscribers.set_state(reader, "unsubscribed")
        tx.subscribers.consent(reader, "asked", "page", desk.now)
        suppress_by_hand(tx, ANN, "by letter", desk.now)
    desk.later(hours=2)
    assert send_letters(store, post, desk.now) == 0
    assert desk.mails() == []
