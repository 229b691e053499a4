"""A digest in the browser: what was sent is what is shown, each item says why, and a reader's word is only a proposal."""

from __future__ import annotations

import html
import random
import re
import string
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.factories import NOW
from tests.worker.digest.test_deliver import Change, box, reader, say, send
from tests.worker.web.conftest import Desk
from worker.models import DeliveryState, Field, Kind, Show, Standing, Subscriber
from worker.privacy import erase
from worker.store.corrections import Objection, Proposal
from worker.subscribers import prefer
from worker.tasks import Kit, tick

ANN = "ann@example.org"


@pytest.fixture
def show(desk: Desk) -> Show:
    return desk.show("Harbour Lights")


@pytest.fixture
def ann(desk: Desk, show: Show) -> Subscriber:
    return desk.reader(ANN, show)


def wish(desk: Desk, ann: Subscriber, **values: Any) -> None:
    with desk.kit.store.begin() as tx:
        prefer(tx, ann, replace(ann.preferences, **values), NOW)


def sent(desk: Desk, show: Show, now: datetime = NOW, **values: Any) -> str:
    """A digest goes out; gives the path at which it can be read again."""
    say(desk.kit, show, "ledger", Change.NEW, now, **values)
    send(desk.kit, now)
    return desk.link(desk.mails()[-1], "view")


def part(desk: Desk, kind: str) -> str:
    found = desk.mails()[-1].get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def asks(desk: Desk, page: str) -> list[str]:
    """The paths at which a digest's items are explained."""
    return ["/" + link for link in re.findall(r'href="\.\./(why/[^"]+)"', desk.client.get(page).text)]


def proposals(desk: Desk) -> list[Proposal]:
    with desk.kit.store.begin() as tx:
        return tx.corrections.proposed()


class TestView:
    def test_what_was_sent_is_what_is_shown(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        answer = desk.client.get(page)
        assert answer.status_code == 200
        mail = part(desk, "html")
        before, _, after = mail.rpartition("</body>")
        assert answer.text.startswith(before)
        assert answer.text.rstrip().endswith(after.rstrip())
        assert mail.count(page) == 1
        assert "/preferences/" in mail

    def test_what_comes_later_changes_nothing_of_it(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        before = desk.client.get(page).text
        say(desk.kit, show, "network", Change.CONFIRMED, NOW, standing=Standing.OFFICIAL)
        wish(desk, ann, plain=True)
        assert desk.client.get(page).text == before

    def test_a_plain_digest_is_shown_as_its_text(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        wish(desk, ann, plain=True)
        page = sent(desk, show, evidence="Season 2 <script>alert(1)</script> is coming, an insider says.")
        shown = desk.client.get(page).text
        assert "<script" not in shown
        found = re.search(r"<pre[^>]*>\n(.*?)</pre>", shown, re.S)
        assert found
        assert html.unescape(re.sub(r"<[^>]*>", "", found[1])) == part(desk, "plain")
        assert len(asks(desk, page)) == 1

    def test_it_is_kept_from_caches_searchers_and_scripts(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        for path in (page, asks(desk, page)[0]):
            answer = desk.client.get(path)
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert "<script" not in answer.text
            assert "set-cookie" not in answer.headers

    def test_only_what_went_out_is_shown(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        with desk.kit.store.begin() as tx:
            (delivery,) = tx.deliveries.of_issue(1)
        for state, status in ((DeliveryState.CLAIMED, 410), (DeliveryState.FAILED, 410), (DeliveryState.SENT, 200)):
            with desk.kit.store.begin() as tx:
                tx.deliveries.close([delivery.id], state, "", NOW)
            assert desk.client.get(page).status_code == status, state
            assert len(asks(desk, page)) == (status == 200)

    def test_no_other_link_opens_it(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        links = desk.kit.services.links
        for other in (links.unsubscribe(ann.id), links.preferences(ann.id), links.why(ann.id, 1, 1)):
            assert other
            assert desk.client.get(f"/view/{other.rsplit('/', 1)[1]}").status_code == 404
        assert desk.client.get(page[:-1]).status_code == 404
        token = page.rsplit("/", 1)[1]
        assert desk.client.get(f"/why/{token}").status_code == 404
        assert desk.client.get(f"/preferences/{token}").status_code == 404

    def test_forged_links_open_nothing(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        links, chance = desk.kit.services.links, random.Random(7)
        tokens = {"view": page.rsplit("/", 1)[1], "why": asks(desk, page)[0].rsplit("/", 1)[1]}
        reads = {"view": links.read_view, "why": links.read_why}
        letters = string.ascii_letters + string.digits + "-_."
        for count in range(4000):
            kind = chance.choice(("view", "why"))
            token = tokens[kind]
            place = chance.randrange(len(token))
            forged = token[:place] + chance.choice([x for x in letters if x != token[place]]) + token[place + 1 :]
            assert reads[kind](forged) is None
            if count % 100 == 0:
                for answer in (desk.client.get(f"/{kind}/{forged}"), desk.client.post(f"/why/{forged}")):
                    assert answer.status_code == 404
                    assert "Harbour" not in answer.text
        assert proposals(desk) == []

    def test_who_is_erased_leaves_nothing_even_when_the_number_is_given_again(self, desk: Desk, show: Show) -> None:
        desk.reader(ANN, show)
        page = sent(desk, show)
        why = asks(desk, page)[0]
        erase(desk.kit.store, ANN, desk.kit.settings.keys, NOW)
        assert desk.client.get(page).status_code == 410
        desk.reader("bob@example.org", show)
        desk.later(hours=1)
        send(desk.kit, desk.now)
        with desk.kit.store.begin() as tx:
            assert [one.id for one in tx.deliveries.of_issue(2)] == [1]  # SQLite gives a delivery's number again
        assert desk.client.get(desk.link(desk.mails()[-1], "view")).status_code == 200
        for path in (page, why):
            answer = desk.client.get(path)
            assert answer.status_code == 410
            assert "bob@" not in answer.text

    def test_old_digests_are_forgotten_at_a_tick(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        desk.later(days=90)
        tick(desk.kit, desk.now.isoformat())
        assert desk.client.get(page).status_code == 200
        desk.later(seconds=1)
        tick(desk.kit, desk.now.isoformat())
        answer = desk.client.get(page)
        assert answer.status_code == 410
        assert "for 90 days" in answer.text


class TestWhy:
    def test_an_item_says_what_it_rests_on(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show, rule="status.renewed")
        (why,) = asks(desk, page)
        answer = desk.client.get(why)
        assert answer.status_code == 200
        text = html.unescape(re.sub(r"<[^>]*>", "", answer.text))
        with desk.kit.store.begin() as tx:
            (row,) = tx.stories.claims()
        for said in (row.claim.evidence, row.title, "status.renewed", "said so", "You follow Harbour Lights since"):
            assert said in text
        assert "Harbour Lights: Season 2 is rumoured to be renewed" in text
        assert f'href="{row.claim.url}"' in answer.text
        assert ANN not in answer.text

    def test_others_who_say_it_are_named(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        page = sent(desk, show)
        say(desk.kit, show, "gazette", Change.CORROBORATED, NOW)
        assert 'href="https://gazette.example/a"' in desk.client.get(asks(desk, page)[0]).text

    def test_the_plot_is_given_away_to_nobody_who_does_not_ask(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        plot = {"field": Field.PLOT, "kind": Kind.PLOT, "value": "the keeper drowns", "evidence": "The keeper drowns."}
        (why,) = asks(desk, sent(desk, show, **plot))
        hidden = desk.client.get(why).text
        assert "The keeper drowns." in hidden.partition("<details")[2].partition("</details>")[0]
        assert hidden.lower().count("the keeper drowns") == 1
        wish(desk, ann, spoilers=True)
        assert "<details" not in desk.client.get(why).text

    def test_what_was_taken_back_since_is_said_so(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        (why,) = asks(desk, sent(desk, show))
        with desk.kit.store.begin() as tx:
            tx.corrections.withdraw([1])
        for answer in (desk.client.get(why), desk.client.post(why, data={"what": "old-news"})):
            assert "taken back or put right" in answer.text
            assert "<form" not in answer.text
        assert proposals(desk) == []

    def test_the_number_of_what_was_taken_back_may_be_given_again(
        self, desk: Desk, show: Show, ann: Subscriber
    ) -> None:
        (why,) = asks(desk, sent(desk, show))
        with desk.kit.store.begin() as tx:
            tx.corrections.withdraw([1])
        desk.later(hours=1)
        say(desk.kit, show, "other", Change.NEW, desk.now, value="cancelled", evidence="It is over, they say.")
        with desk.kit.store.begin() as tx:
            assert tx.stories.update(1) is not None
        assert "It is over" not in desk.client.get(why).text


class TestProposals:
    def test_a_get_changes_nothing_and_a_post_proposes_once(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        (why,) = asks(desk, sent(desk, show))
        for method in ("HEAD", "GET"):
            assert desk.client.request(method, why, params={"what": "wrong-show"}).status_code == 200
        assert proposals(desk) == []
        for _ in range(2):
            assert desk.client.post(why, data={"what": "wrong-show"}).status_code == 200
        assert desk.client.post(why, data={"what": "wrong-kind"}).status_code == 200
        found = proposals(desk)
        assert [(one.what, one.wrong, one.readers) for one in found] == [
            (Objection.WRONG_SHOW, "Harbour Lights", 1),
            (Objection.WRONG_KIND, "renewal", 1),
        ]
        assert {(one.article, one.claim_id, one.update_id) for one in found} == {("https://ledger.example/a", 1, 1)}

    def test_it_is_no_rule_and_the_ledger_stays(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        (why,) = asks(desk, sent(desk, show))
        desk.client.post(why, data={"what": "old-news"})
        with desk.kit.store.begin() as tx:
            assert tx.corrections.all() == []
            assert tx.corrections.near("https://ledger.example/a", "ledger") == []
            assert len(tx.stories.claims()) == 1

    @pytest.mark.parametrize("data", [{}, {"what": ""}, {"what": "delete-all"}])
    def test_a_form_without_a_choice_asks_for_one(self, desk: Desk, show: Show, ann: Subscriber, data: Any) -> None:
        (why,) = asks(desk, sent(desk, show))
        answer = desk.client.post(why, data=data)
        assert answer.status_code == 400
        assert "Please choose what is wrong." in answer.text
        assert 'role="alert"' in answer.text
        assert proposals(desk) == []

    def test_readers_who_say_the_same_are_counted(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        desk.reader("bob@example.org", show)
        say(desk.kit, show, "ledger", Change.NEW, NOW)
        send(desk.kit, NOW)
        for mail in desk.mails():
            desk.client.post(asks(desk, desk.link(mail, "view"))[0], data={"what": "old-news"})
        (one,) = proposals(desk)
        assert one.readers == 2
        erase(desk.kit.store, ANN, desk.kit.settings.keys, NOW)
        assert [one.readers for one in proposals(desk)] == [1]

    def test_pages_speak_the_reader_s_language(self, desk: Desk, show: Show, ann: Subscriber) -> None:
        wish(desk, ann, language="ko")
        page = sent(desk, show)
        (why,) = asks(desk, page)
        for answer in (desk.client.get(page), desk.client.get(why), desk.client.post(why, data={"what": "old-news"})):
            assert answer.headers["content-language"] == "ko"
            assert '<html lang="ko"' in answer.text
            assert "Why did I" not in answer.text


def test_without_a_public_address_nothing_is_kept_and_no_link_is_told(kit: Kit) -> None:
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
    ann = reader(kit, show)
    say(kit, show, "ledger", Change.NEW, NOW)
    send(kit, NOW)
    assert "/view/" not in box(kit)[0].as_string()
    with kit.store.begin() as tx:
        assert tx.archive.read(ann.id, 1) is None
