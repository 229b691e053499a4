"""Digests on demand: look at one, send, list, pause, resume, cancel, try again. Each issue names who asked and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from starlette.background import BackgroundTask

from worker import tasks
from worker.digest.content import Digest
from worker.digest.freeze import body_of
from worker.digest.issue import Request, check_same, open_for_request, readers, release, resend, turn
from worker.digest.on_demand import new_follower, rehearse, send_test
from worker.errors import ConflictError, NotFoundError
from worker.forms import delivery_form, issue_form, wait_form
from worker.forms.shapes import IssueForm
from worker.models import Issue, IssueState, Subscriber
from worker.store import Tx
from worker.subscribers import check_address, find_subscriber
from worker.web.api.answers import Answer
from worker.web.api.asked import Page, PageOf, paged, show_of, since_of
from worker.web.api.operation import Call, Nothing, Operation
from worker.web.api.orders import (
    Deliveries,
    IssuePage,
    Opened,
    Preview,
    PreviewForm,
    Rehearsed,
    Release,
    Resend,
    Send,
    Tested,
    Turned,
)
from worker.web.frame import later

SHOWN = 200  # lines of a dry run


def preview(call: Call, asked: Preview) -> Answer:
    """Exactly what would be sent now."""
    kit = call.kit
    with kit.store.read() as tx:
        request = _request(tx, call, asked)
        reader = request.to or new_follower(request.show_id or 0, kit.settings.zone, call.now)
        ((_, digest),) = rehearse(tx, request, [reader], kit.post, call.now)
    form: PreviewForm = {"subscriber": reader.email, "subject": None, "text": None, "html": None, "content": None}
    if digest:
        said = body_of(digest, reader.id, kit.post).rendered
        form |= {"subject": said.subject, "text": said.text, "html": said.html or None, "content": digest}
    return Answer(form)


def send(call: Call, asked: Send) -> Answer:
    """Opens an issue and answers at once; its mails go out behind the answer, or by the workers."""
    call.kit.services.check_post()
    if asked.dry_run or asked.test_to:
        return _tried(call, asked)
    key, mark = _key(call), _hash(asked.model_dump())
    known = _known(call, key)
    if known:  # what it asked for then is not asked again: who was meant may be gone
        return _sent(call, check_same(known, mark), new=False)
    with call.kit.store.begin() as tx:
        request = replace(_request(tx, call, asked), why=asked.why, key=key, mark=mark if key else "")
        _someone(tx, request)
    return _sent(call, *open_for_request(call.kit.store, request, call.now))


def list_issues(call: Call, asked: Page) -> Answer:
    """The newest first."""
    with call.kit.store.begin() as tx:
        issues = tx.issues.latest(asked.wanted, asked.cursor)
        counts = tx.deliveries.counts([issue.id for issue in issues])
    return Answer(paged(asked, issues, lambda one: issue_form(one, counts[one.id]), lambda one: one.id))


def one_issue(call: Call, asked: Deliveries) -> Answer:
    """An issue with its deliveries."""
    with call.kit.store.begin() as tx:
        issue = _issue(tx, call)
        counts, waits = tx.deliveries.counts([issue.id])[issue.id], tx.deliveries.waits(issue.id)
        rows = tx.deliveries.of_issue(issue.id, limit=asked.wanted, after=asked.cursor or 0, state=asked.state)
    page = paged(asked, rows, delivery_form, lambda row: row.id)
    return Answer({**issue_form(issue, counts), "waits": [wait_form(wait) for wait in waits], **page})


def pause(call: Call, asked: Nothing) -> Answer:
    """What is being handed over at this moment still goes."""
    return _turned(call, IssueState.PAUSED)


def resume(call: Call, asked: Nothing) -> Answer:
    """Lets a paused issue go on."""
    return _turned(call, IssueState.OPEN)


def cancel(call: Call, asked: Nothing) -> Answer:
    """What has not gone out never does."""
    return _turned(call, IssueState.CANCELLED)


def try_again(call: Call, asked: Resend) -> Answer:
    """Who got their mail gets no second one."""
    call.kit.services.check_post()
    with call.kit.store.begin() as tx:
        issue = _issue(tx, call)
        if issue.state is IssueState.PAUSED:  # nothing of it would be sent now
            again = f"POST /api/v1/digests/{issue.id}/resume"
            raise ConflictError(f"issue {issue.id} is paused; let it go on first: {again}")
        with _in_body():
            only = find_subscriber(tx, asked.to).id if asked.to else None
        count = resend(tx, issue, call.now, only=only)
    form: Turned = {"id": issue.id, "state": issue.state, "deliveries": count}
    return Answer(form, 202, task=_sending(call, issue))


def let_go(call: Call, asked: Release) -> Answer:
    """A person has decided: it was taken, or it is sent again, by the next tick."""
    with call.kit.store.begin() as tx:
        issue = _issue(tx, call)
        with _in_body():
            only = find_subscriber(tx, asked.to).id if asked.to else None
        count = release(tx, issue, call.now, taken=asked.taken, only=only)
    form: Turned = {"id": issue.id, "state": issue.state, "deliveries": count}
    return Answer(form)


def _request(tx: Tx, call: Call, asked: Preview | Send) -> Request:
    """What an admin asks for. Raises ProblemError, ConflictError."""
    with _in_body():
        show, reader = show_of(tx, call, asked.show), _reader(tx, asked.to)
    return Request(
        to=reader,
        show_id=show.id if show else None,
        since=since_of(call, asked.since),
        asked_by=f"{call.who}, over HTTP",
    )


@contextmanager
def _in_body() -> Iterator[None]:
    """404 is for what the address names: what a body names, and is not there, contradicts how things stand (409)."""
    try:
        yield
    except NotFoundError as error:
        raise ConflictError(str(error)) from None


def _reader(tx: Tx, address: str) -> Subscriber | None:
    found = find_subscriber(tx, address) if address else None
    if found and found.state != "active":
        raise ConflictError(f"to: {found.email} is {found.state}: nothing is sent to it")
    return found


def _someone(tx: Tx, request: Request) -> list[Subscriber]:
    """Who is meant. Raises ConflictError when that is nobody."""
    found = readers(tx, request)
    if not found:
        raise ConflictError("nobody to send to: no active subscriber follows anything (that is meant here)")
    return found


def _tried(call: Call, asked: Send) -> Answer:
    """A dry run, or a test; neither leaves anything behind."""
    address = check_address(asked.test_to)[0] if asked.test_to else ""
    with call.kit.store.read() as tx:
        request = _request(tx, call, asked)
        digests = rehearse(tx, request, _someone(tx, request), call.kit.post, call.now)
    return _tested(call, digests, address) if address else _rehearsed(digests)


def _rehearsed(digests: list[tuple[Subscriber, Digest | None]]) -> Answer:
    rows = [(reader.email, digest.subject if digest else None) for reader, digest in digests[:SHOWN]]
    form: Rehearsed = {
        "dry_run": True,
        "readers": len(digests),
        "mails": sum(digest is not None for _, digest in digests),
        "items": [{"subscriber": email, "subject": subject} for email, subject in rows],
    }
    return Answer(form)


def _tested(call: Call, digests: list[tuple[Subscriber, Digest | None]], address: str) -> Answer:
    digest = next((digest for _, digest in digests if digest), None)
    if digest is None:
        raise ConflictError("nothing to test with: nobody would get a mail now; give since to look further back")
    reply = send_test(digest, address, call.kit.post, call.now)
    form: Tested = {"test_to": address, "subject": f"[test] {digest.subject}", "reply": reply}
    return Answer(form)


def _sent(call: Call, issue: Issue, new: bool) -> Answer:
    """What goes out goes behind the answer; asked again, what has not gone out yet."""
    with call.kit.store.begin() as tx:
        counts = tx.deliveries.counts([issue.id])[issue.id]
    form: Opened = {"issue": issue_form(issue, counts), "new": new}
    return Answer(form, 202, {"Location": f"/api/v1/digests/{issue.id}"}, _sending(call, issue))


def _sending(call: Call, issue: Issue) -> BackgroundTask:
    return later(tasks.dispatch, call.kit, tasks.send_issue, issue.id, call.now.isoformat())


def _turned(call: Call, state: IssueState) -> Answer:
    with call.kit.store.begin() as tx:
        issue = _issue(tx, call)
        count = turn(tx, issue, state, call.now)
    form: Turned = {"id": issue.id, "state": state, "deliveries": count}
    return Answer(form)


def _issue(tx: Tx, call: Call) -> Issue:
    found = tx.issues.by_id(call.path["id"])
    if found is None:
        raise NotFoundError(f"there is no issue {call.path['id']}; see GET /api/v1/digests")
    return found


def _known(call: Call, key: str) -> Issue | None:
    """The issue that was opened with a key."""
    with call.kit.store.begin() as tx:
        return tx.issues.by_key(key) if key else None


def _key(call: Call) -> str:
    """The issue's key, of the caller's own: two callers may use the same one."""
    return f"api-{_hash([call.who, call.key])}" if call.key else ""


def _hash(what: object) -> str:
    return hashlib.blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()


_OF_ISSUE = ("getDigest", "pauseDigest", "resumeDigest", "cancelDigest", "releaseDigest", "resendDigest")

OPERATIONS = (
    Operation("POST", "/digests/preview", "previewDigest", "What would be sent now", preview, Preview, PreviewForm),
    Operation(
        "POST",
        "/digests",
        "sendDigests",
        "Sends digests now; of a dry run (200) who would get what, of a test (200) the reply",
        send,
        Send,
        Opened,
        202,
        keyed=True,
        also=Rehearsed | Tested,
        links=dict.fromkeys(_OF_ISSUE, "/issue/id"),
    ),
    Operation(
        "GET",
        "/digests",
        "listDigests",
        "Issues, the newest first",
        list_issues,
        Page,
        PageOf[IssueForm],
        links=dict.fromkeys(_OF_ISSUE, "/items/0/id"),
    ),
    Operation("GET", "/digests/{id}", "getDigest", "An issue with its deliveries", one_issue, Deliveries, IssuePage),
    Operation("POST", "/digests/{id}/pause", "pauseDigest", "Holds what is going out", pause, Nothing, Turned),
    Operation("POST", "/digests/{id}/resume", "resumeDigest", "Lets a paused issue go on", resume, Nothing, Turned),
    Operation("POST", "/digests/{id}/cancel", "cancelDigest", "Ends an issue for good", cancel, Nothing, Turned),
    Operation(
        "POST",
        "/digests/{id}/release",
        "releaseDigest",
        "Decides about deliveries that are held, as nobody knows whether they were taken",
        let_go,
        Release,
        Turned,
    ),
    Operation(
        "POST",
        "/digests/{id}/resend",
        "resendDigest",
        "Tries again what failed or was skipped",
        try_again,
        Resend,
        Turned,
        202,
    ),
)
