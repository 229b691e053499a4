"""What a reader wants: shows, days, standing, spoilers and more, and what is stored about them, by a link that opens
nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.models import Cadence, Preferences, Show, Standing, Subscriber
from worker.privacy import ask_export, may_export, send_export
from worker.store import Tx
from worker.subscribers import follow, prefer
from worker.suppress import SUPPRESSED
from worker.web import choices
from worker.web.forms import Fields, day_text, lines, one, posted
from worker.web.frame import (
    bad_link,
    beside,
    gone,
    kit,
    languages,
    later,
    now,
    owner,
    page,
    problem,
    say,
    token,
    why_off,
)
from worker.web.wishes import Reader


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows beside the shows."""

    cadence: str
    weekday: str
    hour: str
    zone: str
    pause: str
    least: str
    safe: bool
    talk: bool
    plain: bool
    language: str
    follow: str = ""
    picked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A followed show on the form."""

    id: int
    name: str
    snooze: str
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants changed, understood."""

    preferences: Preferences
    drop: frozenset[int]
    snooze: dict[int, datetime | None]
    add: tuple[Show, ...]


def ask_preferences(request: Request) -> Response:
    """The form, filled in with what is stored."""
    subscriber_id = kit(request).services.links.read_preferences(token(request))
    if subscriber_id is None:
        return bad_link(request)
    subscriber = owner(request, subscriber_id)
    return _show(request, subscriber) if subscriber else gone(request)


def do_preferences(request: Request, fields: Fields) -> Response:
    """Stores all of it, or nothing when something cannot be understood."""
    subscriber_id = kit(request).services.links.read_preferences(token(request))
    if subscriber_id is None:
        return bad_link(request)
    if one(fields, "form") == "export":
        return _export(request, subscriber_id)
    with kit(request).store.begin() as tx:
        tx.subscribers.hold(subscriber_id)
        subscriber = tx.subscribers.by_id(subscriber_id)
        if subscriber is None:
            return gone(request)
        words = say(request, subscriber)
        if not one(fields, "form"):
            return problem(request, "body", 400, words, text=words("page.error.form"))
        reader = Reader(words)
        change = _read(tx, request, subscriber, fields, reader)
        if not reader.errors:
            _keep(tx, subscriber, change, now(request))
            subscriber = tx.subscribers.by_id(subscriber_id) or subscriber
    if reader.errors:
        return _show(request, subscriber, reader, _typed(fields, change, reader), change)
    return _show(request, subscriber, saved=True)


def _export(request: Request, subscriber_id: int) -> Response:
    """Has all that is stored mailed to its owner, after the answer; who asks again today gets the same answer alone."""
    services, time = kit(request).services, now(request)
    with services.store.begin() as tx:
        subscriber = tx.subscribers.by_id(subscriber_id)
        is_new = subscriber is not None and ask_export(tx, subscriber, "page", time)
    if subscriber is None:
        return gone(request)
    task = later(send_export, services.store, services.post, subscriber_id, time) if is_new else None
    return _show(request, subscriber, exported=may_export(subscriber), task=task)


def _read(tx: Tx, request: Request, subscriber: Subscriber, fields: Fields, reader: Reader) -> Change:
    time, followed = now(request), [each.show_id for each in subscriber.follows]
    preferences = _preferences(request, subscriber, fields, reader)
    zone = preferences.zone
    snooze = {
        show_id: reader.day(f"snooze-{show_id}", one(fields, f"snooze-{show_id}"), zone, time)
        for show_id in followed
        if f"snooze-{show_id}" in fields
    }
    drop = frozenset(show_id for show_id in followed if str(show_id) in fields.get("drop", ()))
    add = reader.shows("follow", lines(fields, "follow"), fields.get("key", []), request.app.state.catalogues.now(tx))
    return Change(preferences, drop, snooze, tuple(add))


def _preferences(request: Request, subscriber: Subscriber, fields: Fields, reader: Reader) -> Preferences:
    """What was chosen. A field that was not sent stays as it is, but for ticks: they are sent only when they are on."""
    old = _form(subscriber.preferences)

    def chosen(name: str, allowed: Sequence[tuple[str, str]]) -> str:
        return reader.choice(name, one(fields, name, getattr(old, name)), [key for key, _ in allowed])

    say = reader.say
    zone = reader.zone(one(fields, "zone", old.zone)) or old.zone
    return Preferences(
        cadence=Cadence(chosen("cadence", choices.cadences(say))),
        weekday=int(chosen("weekday", choices.weekdays(say))),
        hour=int(chosen("hour", choices.hours())),
        zone=zone,
        least=Standing(chosen("least", choices.standings(say))),
        spoilers=not one(fields, "safe"),
        talk=bool(one(fields, "talk")),
        plain=bool(one(fields, "plain")),
        language=chosen("language", languages(request)),
        paused_until=reader.day("pause", one(fields, "pause", old.pause), zone, now(request)),
    )


def _keep(tx: Tx, subscriber: Subscriber, change: Change, time: datetime) -> None:
    prefer(tx, subscriber, change.preferences, time)
    for show_id, until in change.snooze.items():
        tx.subscribers.snooze(subscriber.id, show_id, until)
    for show_id in change.drop:
        tx.subscribers.unfollow(subscriber.id, show_id)
    for show in change.add:
        follow(tx, subscriber, show, time)


def _form(preferences: Preferences) -> Form:
    """The form for what is stored."""
    return Form(
        cadence=preferences.cadence.value,
        weekday=str(preferences.weekday),
        hour=str(preferences.hour),
        zone=preferences.zone,
        pause=day_text(preferences.paused_until, preferences.zone),
        least=preferences.least.value,
        safe=not preferences.spoilers,
        talk=preferences.talk,
        plain=preferences.plain,
        language=preferences.language,
    )


def _typed(fields: Fields, change: Change, reader: Reader) -> Form:
    """The form as it was filled in, to be put right."""
    unclear = {typed for typed, _ in reader.choices}
    names = "\n".join(line for line in lines(fields, "follow") if line not in unclear)
    picked = set(fields.get("key", ()))
    keys = tuple(show.key for show in change.add if show.key in picked)
    return replace(_form(change.preferences), follow=names[:10_000], picked=keys)


def _show(
    request: Request,
    subscriber: Subscriber,
    reader: Reader | None = None,
    form: Form | None = None,
    change: Change | None = None,
    *,
    saved: bool = False,
    exported: bool = False,
    task: BackgroundTask | None = None,
) -> Response:
    words, links = say(request, subscriber), kit(request).services.links
    form = form or _form(subscriber.preferences)
    is_off = subscriber.state != "active"
    return page(
        request,
        "preferences",
        words,
        status=422 if reader else 200,
        task=task,
        form=form,
        shows=_rows(request, subscriber, change),
        saved=saved,
        exported=exported,
        may_export=may_export(subscriber),
        next_slot=subscriber.next_slot,
        errors=[message for _, message in reader.errors] if reader else [],
        choices=reader.choices if reader else [],
        why=why_off(request, subscriber, words),
        undo_url=beside(links.resubscribe(subscriber.id)) if is_off and subscriber.state != SUPPRESSED else "",
        unsubscribe_url="" if is_off else beside(links.unsubscribe(subscriber.id)),
        zones=choices.zones(form.zone),
        languages=languages(request),
        cadences=choices.cadences(words),
        standings=choices.standings(words),
        weekdays=choices.weekdays(words),
        hours=choices.hours(),
    )


def _rows(request: Request, subscriber: Subscriber, change: Change | None) -> list[Row]:
    """The followed shows by name."""
    with kit(request).store.begin() as tx:
        names = {show.id: show.name for show in tx.shows.all()}
    zone = subscriber.preferences.zone
    snoozed = {each.show_id: each.snoozed_until for each in subscriber.follows} | (change.snooze if change else {})
    drop = change.drop if change else frozenset()
    rows = [
        Row(each.show_id, names[each.show_id], day_text(snoozed[each.show_id], zone), each.show_id in drop)
        for each in subscriber.follows
    ]
    return sorted(rows, key=lambda row: row.name.casefold())


routes = [
    Route("/preferences/{token}", ask_preferences, methods=["GET"]),
    Route("/preferences/{token}", posted(do_preferences), methods=["POST"]),
]
