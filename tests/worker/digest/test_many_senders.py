"""Several senders on one PostgreSQL, with refusals and leases that end: each mail goes once, and nobody waits for ever."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from scaled.faulty_smtp import Faults, serving
from tests.factories import NOW
from tests.worker.digest.test_deliver import say
from worker.digest.deliver import Sender
from worker.digest.issue import Request, open_for_request
from worker.mail import open_transport
from worker.mail.smtp_server import Limits
from worker.models import Change, DeliveryState
from worker.store import Store, open_store
from worker.store.deliveries import Record
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit

READERS, SENDERS = 200, 4
LEASE = timedelta(seconds=30)
HOUR = timedelta(hours=1)


def fill(kit: Kit, store: Store) -> None:
    """Readers, news, and an issue of them."""
    kit.services.__dict__["store"] = store
    with store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        for n in range(READERS):
            found, _ = add_subscriber(tx, f"r{n:03}@example.org", zone="UTC", confirmed=True, now=NOW)
            follow(tx, found, show, NOW)
    say(kit, show, "a", Change.NEW, NOW)
    open_for_request(store, Request(), NOW)


def stores_of(store: Store) -> list[Store]:
    """The same database, as several processes open it."""
    return [open_store(store.engine.url.render_as_string(hide_password=False)) for _ in range(SENDERS)]


def test_four_senders_with_refusals_send_each_mail_once(kit: Kit, postgres_store: Store) -> None:
    fill(kit, postgres_store)
    stores = stores_of(postgres_store)
    with serving(Faults(bad=r"^r..[3]@", full=r"^r..[7]@")) as server:
        posts = [
            replace(
                kit.post,
                transport=open_transport(f"smtp://127.0.0.1:{server.port}", Limits(connections=4)),
                retry=(HOUR,),
            )
            for _ in range(SENDERS)
        ]

        def send(n: int) -> None:
            sender = Sender(stores[n], posts[n])
            ids = list(range(1, READERS + 1))
            random.Random(n).shuffle(ids)
            for start in range(0, READERS, 25):  # as the tasks of workers name them
                sender.deliver(ids[start : start + 25], NOW)

        with ThreadPoolExecutor(SENDERS) as pool:
            for done in [pool.submit(send, n) for n in range(SENDERS)]:
                done.result(120)
        for post in posts:
            post.transport.close()
    with postgres_store.begin() as tx:
        states = tx.deliveries.state_counts()
        gone = tx.subscribers.counts()
    assert Counter(one.rcpt for one in server.taken).most_common(1)[0][1] == 1
    assert states == {"sent": READERS * 8 // 10, "failed": READERS // 10, "deferred": READERS // 10}
    assert gone == {"active": READERS * 9 // 10, "bounced": READERS // 10}
    for store in stores:
        store.close()


def test_those_who_record_late_and_those_who_take_over_never_wait_for_each_other(
    kit: Kit, postgres_store: Store
) -> None:
    """Leases have ended: some take over what others write down at this moment, and each has another order."""
    fill(kit, postgres_store)
    stores = stores_of(postgres_store)
    with postgres_store.begin() as tx:
        ids = [one.id for one in tx.deliveries.claim_some(READERS, "late", NOW, LEASE)]
        tx.deliveries.start(ids, "late", NOW, NOW + LEASE)

    orders = [random.Random(n).sample(ids, READERS) for n in range(SENDERS)]

    def work(n: int) -> None:
        after = NOW + (2 + n) * LEASE
        for _ in range(8):
            with stores[n].begin() as tx:
                if n % 2:
                    tx.deliveries.recover(after, hold=False)
                    found = tx.deliveries.claim(orders[n][:100], f"new {n}", after, LEASE)
                    tx.deliveries.start([one.id for one in found], f"new {n}", after, after + LEASE)
                else:
                    taken = [Record(number, DeliveryState.SENT, "250 taken") for number in orders[n][:50]]
                    tx.deliveries.record(taken, "late", after)

    with ThreadPoolExecutor(SENDERS) as pool:
        for done in [pool.submit(work, n) for n in range(SENDERS)]:
            done.result(120)
    with postgres_store.begin() as tx:
        states = tx.deliveries.state_counts()
    assert states["sent"] == len({*orders[0][:50], *orders[2][:50]})
    assert sum(states.values()) == READERS
    for store in stores:
        store.close()
