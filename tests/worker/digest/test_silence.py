"""A domain about which the mail server says nothing: a few find out, the others of it wait, and all else goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scaled.faulty_smtp import Faults, serving
from tests.factories import NOW
from tests.worker.digest.test_deliver import say
from worker.digest.deliver import Sender
from worker.digest.issue import Request, open_for_request
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_server import Limits, Timeouts, read_smtp_url
from worker.models import Change, DeliveryState
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit

MINUTE = timedelta(minutes=1)
READERS = 30  # a third of them where nothing is said


def test_most_of_a_silent_domain_wait_untried_and_go_when_it_speaks_again(kit: Kit) -> None:
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        for n in range(READERS):
            found, _ = add_subscriber(tx, f"r{n:02}@d{n % 3}.example", zone="UTC", confirmed=True, now=NOW)
            follow(tx, found, show, NOW)
    say(kit, show, "a", Change.NEW, NOW)
    issue, _ = open_for_request(kit.store, Request(), NOW)
    with serving(Faults(hangs="@d1")) as deaf:
        sender = Sender(kit.store, replace(kit.post, transport=impatient(deaf.port), retry=(MINUTE,)))
        while sender.deliver_some(NOW):
            pass
        sender.post.transport.close()
    with kit.store.begin() as tx:
        waits = {wait.state: wait for wait in tx.deliveries.waits(issue.id)}
        states = tx.deliveries.state_counts()
    assert states["sent"] == len(deaf.taken) == READERS * 2 // 3
    assert states["deferred"] <= 5, "no more than find it out"
    assert waits[DeliveryState.DEFERRED].kind == waits[DeliveryState.PLANNED].kind == "lost"
    assert waits[DeliveryState.PLANNED].count == READERS // 3 - states["deferred"]
    assert "says nothing about recipients at d1.example" in (waits[DeliveryState.PLANNED].reply or "")
    with serving() as server:
        sender.post = replace(sender.post, transport=impatient(server.port))
        for n in range(2, 6):  # the first one alone, to find out; the others after it
            while sender.deliver_some(NOW + n * MINUTE):
                pass
        sender.post.transport.close()
    with kit.store.begin() as tx:
        assert tx.deliveries.state_counts() == {"sent": READERS}
    assert len(server.taken) == READERS // 3


def impatient(port: int) -> SmtpTransport:
    server = read_smtp_url(f"smtp://127.0.0.1:{port}")
    return SmtpTransport(server, Timeouts(command=0.5), Limits(connections=4))
