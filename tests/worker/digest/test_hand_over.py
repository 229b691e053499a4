"""Deliveries under way: held, paused, refused in a row, in doubt; over real SMTP, on both engines."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from scaled.faulty_smtp import Faults, FaultyServer, serving
from tests.factories import NOW
from tests.worker.digest.test_deliver import say
from worker import tasks
from worker.digest.deliver import Sender
from worker.digest.freeze import Freezer
from worker.digest.hand_over import LEASE
from worker.digest.issue import Request, open_due, open_for_request, release, resend, turn
from worker.errors import MailError
from worker.mail import open_transport
from worker.mail.message import Templates
from worker.mail.pace import Pace
from worker.mail.post import Post
from worker.mail.press import Press
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_server import Limits, read_smtp_url
from worker.models import Change, Delivery, Issue, IssueState, Show
from worker.store import Store, open_store
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit

MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A store with readers and news, and a server that takes their mail or not."""

    store: Store
    post: Post
    kit: Kit

    def serve(self, server: FaultyServer, connections: int = 4) -> None:
        transport = open_transport(f"smtp://127.0.0.1:{server.port}", Limits(connections=connections))
        self.post = replace(self.post, transport=transport)

    def issue(self) -> Issue:
        return open_for_request(self.store, Request(), NOW)[0]

    def send(self, now: datetime = NOW, sender: Sender | None = None) -> dict[str, int]:
        """Hands over what is due; gives how many deliveries are in which state."""
        sender = sender or Sender(self.store, self.post)
        while sender.deliver_some(now):
            pass
        self.post.transport.close()
        with self.store.begin() as tx:
            return tx.deliveries.state_counts()

    def deliveries(self) -> dict[str, Delivery]:
        with self.store.begin() as tx:
            return {one.email: one for one in tx.deliveries.of_issue(1)}


@pytest.fixture
def desk(store: Store, kit: Kit) -> Desk:
    kit.services.__dict__["store"] = store
    with store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
    add_readers(store, show, 12)
    say(kit, show, "a", Change.NEW, NOW)
    return Desk(store, replace(kit.post, retry=(MINUTE, MINUTE)), kit)


def add_readers(store: Store, show: Show, count: int) -> None:
    with store.begin() as tx:
        for n in range(count):
            found, _ = add_subscriber(tx, f"r{n:02}@example.org", zone="UTC", confirmed=True, now=NOW)
            follow(tx, found, show, NOW)


class TestInDoubt:
    def test_what_nobody_answered_is_repeated_with_the_same_bytes_and_counted(self, desk: Desk) -> None:
        with serving(keep=True) as server:
            desk.serve(server)
            issue = desk.issue()
            with serving(Faults(drop_after=1.0), keep=True) as deaf:
                desk.serve(deaf)
                assert desk.send() == {"uncertain": 12}
            desk.serve(server)
            assert desk.send(NOW + 2 * MINUTE) == {"sent": 12}
        first = {(one.rcpt, one.sender, one.message_id, one.sha256) for one in deaf.taken}
        assert first == {(one.rcpt, one.sender, one.message_id, one.sha256) for one in server.taken}
        assert len({one.sender for one in server.taken}) == 12, "each has a return path of its own"
        with desk.store.begin() as tx:
            assert tx.deliveries.doubtful(issue.id) == 12

    def test_held_for_a_person_who_decides(self, desk: Desk) -> None:
        desk.post = replace(desk.post, hold=True)
        issue = desk.issue()
        with serving(Faults(drop_after=1.0)) as deaf:
            desk.serve(deaf)
            assert desk.send() == {"uncertain": 12}
        with serving() as server:
            desk.serve(server)
            assert desk.send(NOW + timedelta(days=1)) == {"uncertain": 12}, "nobody has decided"
            one, *others = desk.deliveries().values()
            with desk.store.begin() as tx:
                assert tx.deliveries.next_due() is None
                assert release(tx, issue, NOW, taken=True, only=one.subscriber_id) == 1
                assert release(tx, issue, NOW, taken=False) == len(others)
            assert desk.send() == {"sent": 12}
        assert {taken.rcpt for taken in server.taken} == {other.email for other in others}
        assert desk.send(NOW + MINUTE) == {"sent": 12}
        with desk.store.begin() as tx:
            assert tx.deliveries.doubtful(issue.id) == len(others), "one is known to have been taken"
        again, _ = open_for_request(desk.store, Request(), NOW + MINUTE)
        assert desk.send(NOW + MINUTE) == {"sent": 12, "skipped": 12}, f"{again}: all were told"

    def test_a_worker_that_stopped_gives_up_what_it_held(self, desk: Desk) -> None:
        desk.issue()
        with desk.store.begin() as tx:
            first, second, *_ = tx.deliveries.claim_some(12, "gone", NOW, LEASE)
            tx.deliveries.start([first.id, second.id], "gone", NOW, NOW + LEASE)
        with serving() as server:
            desk.serve(server)
            assert desk.send() == {"claimed": 10, "handing over": 2}
            assert desk.send(NOW + LEASE + MINUTE) == {"sent": 12}
        assert sum("may be double" in (one.reply or "") for one in desk.deliveries().values()) == 2


class TestStopped:
    def test_an_issue_is_paused_at_thirty_percent_goes_on_and_each_gets_one(self, desk: Desk) -> None:
        issue = desk.issue()
        with serving() as server:
            desk.serve(server, connections=1)
            sender = Sender(desk.store, desk.post)

            def pause(delivery: Delivery) -> None:
                if len(server.taken) == 4:
                    with desk.store.begin() as tx:
                        turn(tx, issue, IssueState.PAUSED, NOW)

            sender.deliver_some(NOW, on_done=pause)
            states = desk.send(NOW + MINUTE, sender)
            assert states["planned"] in (7, 8)  # the one under way still goes
            assert states["sent"] == 12 - states["planned"]
            with desk.store.begin() as tx:
                assert turn(tx, issue, IssueState.OPEN, NOW) == states["planned"]
            assert desk.send(NOW + MINUTE, sender) == {"sent": 12}
        assert max(Counter(one.rcpt for one in server.taken).values()) == 1

    def test_a_paused_issue_holds_up_no_other_and_tells_nothing_twice_when_it_goes_on(self, desk: Desk) -> None:
        issue = desk.issue()
        with serving(Faults(greylist=60), clock=lambda: 0.0) as grey:
            desk.serve(grey)
            assert desk.send() == {"deferred": 12}
        with desk.store.begin() as tx:
            turn(tx, issue, IssueState.PAUSED, NOW)
            paused = tx.issues.by_id(issue.id)
            assert paused
        open_for_request(desk.store, Request(key="again"), NOW)
        with serving() as server:
            desk.serve(server)
            assert desk.send(NOW + MINUTE) == {"deferred": 12, "sent": 12}
            with desk.store.begin() as tx:
                turn(tx, paused, IssueState.OPEN, NOW)
            assert desk.send(NOW + 2 * MINUTE) == {"skipped": 12, "sent": 12}
        assert len(server.taken) == 12

    def test_who_leaves_or_is_suppressed_while_the_issue_runs_gets_none(self, desk: Desk) -> None:
        desk.issue()
        with serving() as server:
            desk.serve(server, connections=1)

            def leave(delivery: Delivery) -> None:
                if len(server.taken) == 3:
                    with desk.store.begin() as tx:
                        for address, state in (("r10@example.org", "bounced"), ("r11@example.org", "unsubscribed")):
                            found = tx.subscribers.by_key(address)
                            assert found
                            tx.subscribers.set_state(found.id, state)

            Sender(desk.store, desk.post).deliver_some(NOW, on_done=leave)
            assert desk.send() == {"sent": 10, "skipped": 2}
        replies = {address: one.reply for address, one in desk.deliveries().items() if one.state == "skipped"}
        assert replies == {"r10@example.org": "bounced meanwhile", "r11@example.org": "unsubscribed meanwhile"}
        assert {"r10@example.org", "r11@example.org"} & {one.rcpt for one in server.taken} == set()

    def test_refused_in_a_row_for_our_sake_it_pauses_tells_the_operators_and_suppresses_nobody(
        self, desk: Desk
    ) -> None:
        issue = desk.issue()
        desk.post = replace(desk.post, operators=("ops@example.net",))
        with serving(Faults(spam="Harbour"), keep=True) as server:
            desk.serve(server, connections=1)
            states = desk.send()
        assert states == {"failed": 10, "planned": 2}
        assert {(one.kind, one.state) for one in desk.deliveries().values()} == {("ours", "failed"), (None, "planned")}
        with desk.store.begin() as tx:
            found = tx.issues.by_id(issue.id)
            assert found
            assert found.state is IssueState.PAUSED
            assert "10 messages in a row" in found.reason
            assert "5.7.1" in found.reason
            assert tx.subscribers.counts() == {"active": 12}
        (alarm,) = server.taken
        assert alarm.rcpt == "ops@example.net"
        letter = message_from_bytes(server.contents[0], policy=policy.default)
        assert "5.7.1" in letter.get_content()
        with serving() as calm:
            desk.serve(calm)
            with desk.store.begin() as tx:
                turn(tx, found, IssueState.OPEN, NOW)
                assert resend(tx, found, NOW) == 10
            assert desk.send(NOW + MINUTE) == {"sent": 12}

    def test_too_many_refused_for_good_pause_it_too(self, desk: Desk) -> None:
        with desk.store.begin() as tx:
            show = tx.shows.all()[0]
        add_readers(desk.store, show, 80)
        desk.issue()
        with serving(Faults(bad=r"^r\d[37]@")) as server:
            desk.serve(server, connections=1)
            states = desk.send()
        with desk.store.begin() as tx:
            found = tx.issues.by_id(1)
        assert found
        assert found.state is IssueState.PAUSED
        assert "of the last 50" in found.reason
        assert states["failed"] <= 16
        assert states["planned"] > 10

    def test_a_wrong_template_stops_the_issue_before_anything_is_sent(self, desk: Desk, tmp_path: Path) -> None:
        (tmp_path / "mine" / "sections").mkdir(parents=True)
        (tmp_path / "mine" / "sections" / "what_changed.html").write_text("<p>\n{{ block.nothing.there }}</p>")
        templates = Templates(tmp_path / "mine")
        issue = desk.issue()
        with serving() as server:
            desk.serve(server)
            good = desk.post
            desk.post = replace(desk.post, press=Press(templates))
            assert desk.send() == {"planned": 12}
            assert server.taken == []
            with desk.store.begin() as tx:
                found = tx.issues.by_id(issue.id)
                assert found
                assert "what_changed.html:2" in found.reason
                turn(tx, found, IssueState.OPEN, NOW)
            desk.post = good
            assert desk.send(NOW + MINUTE) == {"sent": 12}


class TestSideBySide:
    def test_three_workers_and_two_schedulers_send_each_once(self, desk: Desk) -> None:
        with desk.store.begin() as tx:
            for found in tx.subscribers.find():
                tx.subscribers.set_slot(found.id, NOW)
        with serving() as server:
            desk.serve(server, connections=2)
            both = [threading.Thread(target=open_due, args=(desk.store, NOW + n * MINUTE)) for n in range(2)]
            run_all(both)
            senders = [Sender(desk.store, desk.post) for _ in range(3)]
            run_all([threading.Thread(target=one.deliver_some, args=(NOW + 2 * MINUTE,)) for one in senders])
            assert desk.send(NOW + 2 * MINUTE) == {"sent": 12}
        assert sorted(one.rcpt for one in server.taken) == [f"r{n:02}@example.org" for n in range(12)]

    def test_of_two_issues_at_once_the_second_waits_for_the_answer_to_the_first(self, desk: Desk) -> None:
        desk.issue()
        with serving(Faults(greylist=60), clock=lambda: 0.0) as grey:
            desk.serve(grey)
            assert desk.send() == {"deferred": 12}
        open_for_request(desk.store, Request(key="again"), NOW)
        with serving() as server:
            desk.serve(server)
            assert desk.send() == {"deferred": 12, "planned": 12}
            assert desk.send(NOW + 3 * MINUTE)["sent"] == 12
            assert desk.send(NOW + 6 * MINUTE) == {"sent": 12, "skipped": 12}
        assert sorted(one.rcpt for one in server.taken) == [f"r{n:02}@example.org" for n in range(12)]

    def test_greylisting_a_rate_and_few_messages_a_connection_lose_and_double_nothing(self, desk: Desk) -> None:
        desk.issue()
        now = [0.0]

        def wait(seconds: float) -> None:
            now[0] += seconds

        pace = Pace(clock=lambda: now[0], wait=wait)
        with serving(Faults(greylist=60, rate=5, max_per_conn=4), clock=lambda: now[0]) as server:
            where = read_smtp_url(f"smtp://127.0.0.1:{server.port}")
            desk.post = replace(desk.post, transport=SmtpTransport(where, limits=Limits(connections=4), pace=pace))
            for n in range(40):
                states = desk.send(NOW + n * 2 * MINUTE)
                now[0] += 120
                if states == {"sent": 12}:
                    break
        assert states == {"sent": 12}
        assert sorted(one.rcpt for one in server.taken) == [f"r{n:02}@example.org" for n in range(12)]


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_full_disk_changes_nothing_and_later_it_goes_on(kit: Kit) -> None:
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
    add_readers(kit.store, show, 12)
    say(kit, show, "a", Change.NEW, NOW)
    desk = Desk(kit.store, kit.post, kit)
    desk.issue()
    with serving() as server:
        desk.serve(server)
        with kit.store.begin() as tx:
            pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
            tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OperationalError, match="full"):
            desk.send()
        assert server.taken == []
        with kit.store.begin() as tx:
            tx.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert desk.send(NOW + LEASE + MINUTE) == {"sent": 12}
    assert len(server.taken) == 12


def test_two_runs_over_the_same_data_give_the_same_messages_but_for_the_date(kit: Kit, tmp_path: Path) -> None:
    contents: list[list[bytes]] = []
    for run in range(2):
        store = open_store(f"sqlite:///{tmp_path / f'{run}.db'}")
        kit.services.__dict__["store"] = store
        with store.begin() as tx:
            show = tx.shows.add("Harbour Lights", now=NOW)
        add_readers(store, show, 5)
        say(kit, show, "a", Change.NEW, NOW)
        desk = Desk(store, replace(kit.post, press=Press(Templates())), kit)
        with serving(keep=True) as server:
            desk.serve(server, connections=1)
            desk.issue()
            desk.send(NOW + run * MINUTE)
            contents.append([b"\n".join(w for w in one.split(b"\n") if w[:6] != b"Date: ") for one in server.contents])
        store.close()
    assert contents[0] == contents[1]
    assert len(contents[0]) == 5


def test_a_tick_takes_back_what_a_worker_held_that_is_no_more(kit: Kit) -> None:
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
    add_readers(kit.store, show, 3)
    say(kit, show, "a", Change.NEW, NOW)
    issue, _ = open_for_request(kit.store, Request(), NOW)
    with kit.store.begin() as tx:
        first, *_ = tx.deliveries.claim_some(9, "gone", NOW, LEASE)
        tx.deliveries.start([first.id], "gone", NOW, NOW + LEASE)
    for later in (timedelta(0), LEASE + MINUTE):
        tasks.tick(kit, (NOW + later).isoformat())
        with kit.store.begin() as tx:
            counts = tx.deliveries.counts([issue.id])[issue.id]
        assert counts == ({"sent": 3} if later else {"claimed": 2, "handing over": 1})


def test_what_the_server_said_to_a_worker_that_stopped_is_known(desk: Desk) -> None:
    """Killed between the answer and its record: what was taken is not repeated, what was refused not asked again."""
    desk.issue()
    with desk.store.begin() as tx:
        claimed = tx.deliveries.claim_some(12, "gone", NOW, LEASE)
    freezer = Freezer(desk.post)
    with desk.store.read() as tx:
        batch = freezer.make(tx, claimed, NOW)
    with desk.store.begin() as tx:
        ready = freezer.keep(tx, batch, "gone", NOW)
        tx.deliveries.start([one.delivery.id for one in ready], "gone", NOW, NOW + LEASE)
    taken, refused, busy, *unknown = (one.delivery for one in ready)
    journal = desk.post.journal
    journal.note("gone", taken.id, "250 2.0.0 taken", None)
    gone = MailError(refused.email, "550 5.1.1 gone", permanent=True, kind="address", code=550, status="5.1.1")
    journal.note("gone", refused.id, "", gone)
    journal.note("gone", busy.id, "", MailError(busy.email, "451 4.3.0 later", permanent=False, code=451))
    with (journal.folder / "gone.jsonl").open("a") as file:
        file.write('{"id": 7, "reply": "tor')
    with serving() as server:
        desk.serve(server)
        states = desk.send(NOW + LEASE + MINUTE)
        assert states == {"sent": 1 + len(unknown), "failed": 1, "deferred": 1}
        assert desk.send(NOW + LEASE + 3 * MINUTE) == {"sent": 11, "failed": 1}
    assert sorted(one.rcpt for one in server.taken) == sorted(one.email for one in (busy, *unknown))
    found = desk.deliveries()
    assert (found[taken.email].reply, found[taken.email].doubts) == ("250 2.0.0 taken", 0)
    assert (found[refused.email].reply, found[refused.email].attempts) == ("550 5.1.1 gone", 1)
    assert list(journal.folder.iterdir()) == []
    with desk.store.begin() as tx:
        told = tx.subscribers.by_id(taken.subscriber_id)
        assert told
        assert told.follows[0].told_until == NOW
