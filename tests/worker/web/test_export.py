"""What is stored about somebody, by mail: to their own address alone, once a day, and never lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.worker.web.conftest import BASE, Desk
from tests.worker.web.test_subscribe import Balky
from worker import privacy
from worker.errors import MailError
from worker.models import Subscriber
from worker.privacy import EXPORT_FILE, erase, export_person, send_exports
from worker.subscribers import add_subscriber

ANN = "ann@example.org"
LATER = MailError(ANN, "451 try later", permanent=False)


@pytest.fixture
def ann(desk: Desk) -> Subscriber:
    return desk.reader(ANN, desk.show("Harbour Lights"))


def url(desk: Desk, subscriber: Subscriber) -> str:
    return (desk.kit.services.links.preferences(subscriber.id) or "").removeprefix(BASE)


def ask(desk: Desk, subscriber: Subscriber) -> str:
    answer = desk.client.post(url(desk, subscriber), data={"form": "export"})
    assert answer.status_code == 200
    return answer.text


def prefer(desk: Desk, subscriber: Subscriber, **wishes: Any) -> None:
    with desk.kit.store.begin() as tx:
        tx.subscribers.prefer(subscriber.id, replace(subscriber.preferences, **wishes))


def file_of(mail: EmailMessage) -> dict[str, Any]:
    (file,) = mail.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("application/json", EXPORT_FILE)
    found: dict[str, Any] = json.loads(file.get_content())
    return found


def balk(desk: Desk, *faults: MailError | None) -> None:
    desk.kit.services.__dict__["transport"] = Balky(desk.kit.services.transport, list(faults))


def test_all_that_is_stored_goes_to_the_owner_alone(desk: Desk, ann: Subscriber) -> None:
    desk.reader("bob@example.org")
    page = ask(desk, ann)
    assert "on its way to your own address" in page
    assert ANN not in page
    (mail,) = desk.mails()
    assert (mail["To"], mail["Subject"]) == (ANN, "What Watercooler has stored about you")
    assert mail.get_content_type() == "multipart/mixed"
    assert not [name for name in mail if name.startswith("List-")]
    found = file_of(mail)
    assert found == json.loads(export_person(desk.kit.store, ANN, desk.now)) | {"consents": found["consents"]}
    assert [line["what"] for line in found["consents"]] == ["added", "export asked"]
    assert found["follows"][0]["show"] == "Harbour Lights"
    assert "bob@" not in json.dumps(found)
    assert desk.record(ANN) == ["added", "export asked", "export mailed"]


def test_a_get_sends_nothing(desk: Desk, ann: Subscriber) -> None:
    page = desk.client.get(url(desk, ann) + "?form=export").text
    assert '<input type="hidden" name="form" value="export">' in page
    assert "Send me my data" in page
    assert desk.mails() == []


def test_whoever_asks_how_often_there_is_one_a_day(desk: Desk, ann: Subscriber) -> None:
    first = ask(desk, ann)
    desk.later(hours=24)
    assert ask(desk, ann) == first
    assert len(desk.mails()) == 1
    desk.later(seconds=1)
    assert ask(desk, ann) == first
    assert len(desk.mails()) == 2


def test_asking_changes_no_choice(desk: Desk, ann: Subscriber) -> None:
    desk.client.post(url(desk, ann), data={"form": "export", "hour": "5", "cadence": "daily", "follow": "Night Ferry"})
    assert desk.of(ANN) == ann


@pytest.mark.parametrize(("language", "title"), [("en", "Your data"), ("es", "Tus datos"), ("ko", "내 정보")])
def test_page_and_mail_speak_the_readers_language(desk: Desk, ann: Subscriber, language: str, title: str) -> None:
    prefer(desk, ann, language=language, zone="Asia/Seoul")
    assert f'<html lang="{language}"' in ask(desk, ann)
    (mail,) = desk.mails()
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert title in part
        assert desk.kit.services.templates.say(language).moment(desk.now, "Asia/Seoul") in " ".join(part.split())
        assert "/preferences/" in part


def test_who_wants_plain_text_gets_text_and_the_file(desk: Desk, ann: Subscriber) -> None:
    prefer(desk, ann, plain=True)
    ask(desk, ann)
    (mail,) = desk.mails()
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/mixed", "text/plain", "application/json"]


def test_who_has_left_can_ask_too(desk: Desk, ann: Subscriber) -> None:
    leave = (desk.kit.services.links.unsubscribe(ann.id) or "").removeprefix(BASE)
    desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    ask(desk, ann)
    assert file_of(desk.mails()[0])["subscribers"][0]["state"] == "unsubscribed"


@pytest.mark.parametrize("state", ["pending", "suppressed"])
def test_to_whom_nothing_may_be_sent_it_is_neither_offered_nor_promised(desk: Desk, state: str) -> None:
    with desk.kit.store.begin() as tx:
        ann, _ = add_subscriber(tx, ANN, zone="UTC", confirmed=False, now=desk.now)
        tx.subscribers.set_state(ann.id, state)
    assert "Send me my data" not in desk.client.get(url(desk, ann)).text
    assert "on its way" not in ask(desk, ann)
    assert desk.mails() == []


def test_who_is_suppressed_while_it_waits_gets_nothing(desk: Desk, ann: Subscriber) -> None:
    balk(desk, LATER)
    ask(desk, ann)
    with desk.kit.store.begin() as tx:
        tx.subscribers.consent(ann.id, "suppressed", "operator", desk.now)
    assert send_exports(desk.kit.store, desk.kit.post, desk.now + timedelta(hours=1)) == 0
    assert desk.mails() == []


def test_forged_links_and_those_of_who_is_gone_send_nothing(desk: Desk, ann: Subscriber) -> None:
    mine = url(desk, ann)
    view = (desk.kit.services.links.unsubscribe(ann.id) or "").rpartition("/")[2]
    assert desk.client.post(mine[:-2], data={"form": "export"}).status_code == 404
    assert desk.client.post(f"/preferences/{view}", data={"form": "export"}).status_code == 404
    erase(desk.kit.store, ANN, desk.kit.settings.keys, desk.now)
    assert desk.client.post(mine, data={"form": "export"}).status_code == 410
    assert desk.mails() == []


def test_what_is_not_taken_is_tried_again_for_three_days(desk: Desk, ann: Subscriber) -> None:
    balk(desk, *[LATER] * 8)  # more than there are waits: the last is waited again
    ask(desk, ann)
    tried = []
    for minute in range(60 * 24):
        if send_exports(desk.kit.store, desk.kit.post, desk.now + timedelta(minutes=minute)):
            tried.append(minute)
    assert tried == [1 + 5 + 15 + 60 + 120 * 4]
    assert len(desk.mails()) == 1
    assert desk.record(ANN) == ["added", "export asked", *["export tried"] * 8, "export mailed"]


def test_after_three_days_it_is_given_up(desk: Desk, ann: Subscriber) -> None:
    balk(desk, *[LATER] * 1000)
    ask(desk, ann)
    for hour in range(100):
        send_exports(desk.kit.store, desk.kit.post, desk.now + timedelta(hours=hour))
    tries = desk.record(ANN).count("export tried")
    assert 30 < tries < 50
    desk.later(hours=200)
    balk(desk)
    assert send_exports(desk.kit.store, desk.kit.post, desk.now) == 0


@pytest.mark.parametrize(("fault", "said"), [
    (MailError(ANN, f"552 <{ANN}> too large", permanent=True), "refused"),
    (MailError(ANN, "the line broke", permanent=False, uncertain=True), "mailed"),
])  # fmt: skip
def test_what_is_refused_or_perhaps_taken_is_not_sent_again(
    desk: Desk, ann: Subscriber, fault: MailError, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    balk(desk, fault)
    ask(desk, ann)
    desk.later(hours=3)
    assert send_exports(desk.kit.store, desk.kit.post, desk.now) == 0
    assert desk.record(ANN) == ["added", "export asked", f"export {said}"]
    assert "ann@" not in caplog.text
    assert "the export mail to subscriber" in caplog.text


def test_a_confirm_mail_and_an_export_do_not_settle_each_other(desk: Desk, ann: Subscriber) -> None:
    balk(desk, LATER)
    ask(desk, ann)
    leave = (desk.kit.services.links.unsubscribe(ann.id) or "").removeprefix(BASE)
    desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    back = (desk.kit.services.links.resubscribe(ann.id) or "").removeprefix(BASE)
    desk.client.post(back)
    assert [mail["Subject"] for mail in desk.mails()] == ["Confirm your Watercooler subscription"]
    desk.later(minutes=1)
    assert send_exports(desk.kit.store, desk.kit.post, desk.now) == 1
    assert len(desk.mails()) == 2


def test_what_is_too_large_for_a_mail_goes_without_the_kept_digests(
    desk: Desk, ann: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "MOST_BYTES", 100)
    ask(desk, ann)
    (mail,) = desk.mails()
    assert file_of(mail)["left_out"] == "archive: 0 digests as they were sent"
    part = mail.get_body(("plain",))
    assert part is not None
    assert "too large for a mail" in part.get_content()
