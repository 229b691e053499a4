"""`watercooler status`: the first line says whether anything needs a person, and the figures hold on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import NOW
from tests.worker.cli.test_cli import Shell
from worker.cli.gathered import Need
from worker.cli.status import headline
from worker.models import Change
from worker.store import Store, glance
from worker.store.glance import take_glance
from worker.store.sources import SourceState
from worker.subscribers import add_subscriber

WEEK = timedelta(days=7)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def filled(store: Store) -> None:
    """Forty updates, a day apart, the last one now; people in three states."""
    with store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        for state, count in (("active", 4), ("pending", 2), ("bounced", 1)):
            for n in range(count):
                found, _ = add_subscriber(tx, f"{state}{n}@example.org", zone="UTC", confirmed=True, now=NOW)
                tx.subscribers.set_state(found.id, state)
        run = tx.connection.execute
        names = "url, source, outlet, family, tier, title, text, sections, authors, given_shows, live, fingerprint"
        values = "'o', 'o', 'f', 't', 't', 't', '[]', '[]', '[]', false, 'f'"
        for n in range(40):
            at = {"at": (NOW - timedelta(days=40 - n)).replace(tzinfo=None).isoformat(" ")}
            article = f"INSERT INTO articles ({names}, first_seen, changed_at, version, background, labels)"
            run(text(f"{article} VALUES ('https://o.example/{n}', {values}, :at, :at, 1, false, '[]')"), at)
        story = (
            "INSERT INTO stories (show_id, kind, field, value, standing, state, first_seen, last_seen, families, key)"
        )
        at = {"at": NOW.replace(tzinfo=None).isoformat(" "), "show": show.id}
        run(text(f"{story} VALUES (:show, 'k', 'f', 'v', 'rumour', 'open', :at, :at, '[]', '')"), at)
        for n in range(40):
            at = {"at": (NOW - timedelta(days=39 - n)).replace(tzinfo=None).isoformat(" "), "show": show.id, "n": n + 1}
            names = "key, story_id, show_id, kind, field, value, standing, evidence, rule, heading, article_id, version"
            more = "source, outlet, family, seen_at, background, reason"
            values = (
                "'k' || :n, 1, :show, 'k', 'f', 'v', 'rumour', 'e', 'r', 'h', :n, 1, 's', 'o', 'f', :at, false, 'r'"
            )
            run(
                text(f"INSERT INTO claims ({names}, {more}) VALUES ({values})".replace(":n,", "CAST(:n AS integer),")),
                at,
            )
            names = (
                "at, change, show_id, field, kind, story_id, claim_id, value, standing, importance, reason, background"
            )
            values = f"'{Change.NEW}', :show, 'f', 'k', 1, :n, 'v', 'rumour', 1, 'r', false"
            run(text(f"INSERT INTO updates ({names}) VALUES (:at, {values})"), at)


def test_figures_are_the_same_counted_and_estimated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    with store.read() as tx:
        exact = take_glance(tx.connection, NOW - WEEK, NOW)
        assert exact.estimated == frozenset()
        assert (exact.totals["updates"], exact.totals["claims"], exact.totals["articles"]) == (40, 40, 40)
        assert exact.week == {"articles": 6, "claims": 7, "updates": 7}
        assert exact.subscribers == {"pending": 2, "active": 4, "unsubscribed": 0, "bounced": 1, "suppressed": 0}
        monkeypatch.setattr(glance, "EXACT", 5)
        about = take_glance(tx.connection, NOW - WEEK, NOW)
    assert {"articles", "claims", "updates", "subscribers"} <= about.estimated
    assert (about.totals, about.week, about.subscribers) == (exact.totals, exact.week, exact.subscribers)


def test_what_needs_nobody_is_said_in_one_line(shell: Shell) -> None:
    code, out, _ = shell("status")
    assert (code, out.splitlines()[0]) == (0, "All is well.")
    (figures,) = shell.json("status")
    assert (figures["needs"], figures["mode"], figures["last_tick"]) == ([], "embedded", None)


def test_the_first_line_names_the_next_command() -> None:
    needs = [Need("1 issues are paused", "watercooler digests list"), Need("x", "y")]
    assert headline(needs) == "Needs you: 1 issues are paused (and 1 more). Next: watercooler digests list"


def test_ill_and_overdue_sources_a_missed_tick_and_what_waits(
    shell: Shell, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", str(sqlite_store.engine.url))
    assert shell("sources", "resume", "tvline")[0] == 0
    assert shell.json("status")[0]["needs"] == [["nobody looks what is due, there was none yet", "watercooler doctor"]]
    long_ago = NOW - timedelta(hours=3)
    with sqlite_store.begin() as tx:
        tx.sources.save_states([SourceState("tvline", long_ago, long_ago, long_ago, 4, "blocked", "403 everywhere")])
        tx.turns.take("tick", "somebody", NOW)
        tx.turns.done("tick", NOW)
        tx.sources.receive([[{"type": "article"}]], long_ago)
    (figures,) = shell.json("status")
    assert [figures[f"sources_{name}"] for name in ("due", "overdue", "being_read", "broken")] == [1, 1, 0, 1]
    assert (figures["waiting_to_be_ingested"], figures["oldest_waiting_seconds"]) == (1, 3 * 3600)
    assert [need[0] for need in figures["needs"]] == [
        "articles wait long to be ingested",
        "1 sources are ill",
        "1 sources are overdue",
    ]
    assert "tvline: blocked: 403 everywhere" in shell("status")[2]
