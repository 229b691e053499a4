"""What is said of an installation, by what was found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from worker.broker import Fault
from worker.installation import (
    Check,
    Folder,
    Sources,
    check_broker,
    check_clock,
    check_database,
    check_folder,
    check_key,
    check_mail,
    check_program,
    check_public_url,
    check_settings,
    check_sources,
    check_templates,
    check_tick,
    check_workers,
    check_zones,
)
from worker.store.facts import Facts

HOME = Folder(Path("/home/w"), "", 50 * 2**30, 0o600)
MINUTE = timedelta(minutes=1)


def sqlite(**values: object) -> Facts:
    known = {"version": "3.45", "schema": "0013", "wanted": "0013", "journal": "wal", "size": 5000}
    return Facts("sqlite", "sqlite:///w.db", **{**known, **values})  # type: ignore[arg-type]  # of the test's own making


def postgres(**values: object) -> Facts:
    known = {
        "version": "16.2",
        "schema": "0013",
        "wanted": "0013",
        "encoding": "UTF8",
        "zone": "UTC",
        "size": 5 * 2**30,
    }
    more = {"connections": 10, "most_connections": 100}
    return Facts("postgresql", "postgresql://w@db/w", **{**known, **more, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("checks", "state", "found", "todo"),
    [
        (
            check_settings({}, ["WATERCOOLER_ZON"], ["WATERCOOLER_ZONE"]),
            "look at it",
            "no setting",
            "WATERCOOLER_ZONE?",
        ),
        ([check_folder(HOME)], "fine", "50.0 GiB free", ""),
        ([check_folder(Folder(HOME.path, "", 2**20 * 500, None))], "look at it", "500.0 MiB free", "free some space"),
        ([check_folder(Folder(HOME.path, "", 2**20, None))], "wrong", "1.0 MiB free", "free some space"),
        ([check_folder(Folder(HOME.path, "read-only", 0, None))], "wrong", "read-only", "WATERCOOLER_HOME"),
        ([check_key(HOME, is_set=False, scaled=False)], "fine", "for its owner alone", ""),
        ([check_key(HOME, is_set=False, scaled=True)], "wrong", "each machine makes its own", "WATERCOOLER_SECRET_KEY"),
        ([check_key(HOME, is_set=True, scaled=True)], "fine", "is set", ""),
        ([check_key(Folder(HOME.path, "", 1, 0o644), is_set=False, scaled=False)], "wrong", "(644)", "chmod 600"),
        (
            [check_key(Folder(HOME.path, "", 1, 0o600, False), is_set=False, scaled=False)],
            "wrong",
            "another user",
            "owner",
        ),
        (check_database(sqlite(), scaled=False), "fine", "answers in 0.0 ms", ""),
        (check_database(sqlite(), scaled=True), "look at it", "SQLite with a broker", "postgresql+psycopg"),
        (check_database(sqlite(journal="delete"), scaled=False), "look at it", "readers wait", "local disk"),
        (check_database(sqlite(file_system="nfs4"), scaled=False), "wrong", "network file system (nfs4)", "local disk"),
        (check_database(sqlite(exists=False), scaled=False), "fine", "not there yet", ""),
        (check_database(Facts("postgresql", "x", fault="it is down"), scaled=True), "wrong", "it is down", "operation"),
        (check_database(postgres(), scaled=True), "fine", "10 of 100 connections", ""),
        (check_database(postgres(may_create=False), scaled=True), "fine", "our role may not change tables", ""),
        (check_database(postgres(schema="0011"), scaled=True), "look at it", "0011 yet, 0013", "watercooler migrate"),
        (check_database(postgres(schema="0011", may_create=False), scaled=True), "wrong", "may not", "as the owner"),
        (check_database(postgres(encoding="SQL_ASCII"), scaled=True), "wrong", "SQL_ASCII", "ENCODING 'UTF8'"),
        (check_database(postgres(connections=90), scaled=True), "look at it", "90 of 100", "max_connections"),
        (check_database(postgres(latency=0.2), scaled=True), "look at it", "200.0 ms", "slow"),
        ([check_clock(postgres(clock_ahead=-9.5), timedelta())], "wrong", "9.5 s before the database's", "NTP"),
        ([check_clock(postgres(clock_ahead=0.2), timedelta())], "fine", "0.2 s behind", ""),
        ([check_clock(sqlite(), timedelta(days=3))], "look at it", "3 days", "unset WATERCOOLER_CLOCK"),
        (check_broker("", ()), "fine", "embedded", ""),
        (check_broker("r:6379", ()), "fine", "fit for queues", ""),
        (
            check_broker("r:6379", [Fault("warning", "memory", "95 of 100 MiB")]),
            "look at it",
            "95 of 100",
            "more memory",
        ),
        (
            check_workers(["mail"], {}, {"mail": 7}),
            "wrong",
            "0 listening, 7 messages",
            "celery -A worker worker -Q mail",
        ),
        (check_workers(["mail"], {"mail": 2}, {}), "fine", "2 listening, 0 messages", ""),
        ([check_tick(None, MINUTE, scaled=False)], "look at it", "nobody has ever", "watercooler run"),
        ([check_tick(6 * MINUTE, MINUTE, scaled=True)], "wrong", "6 min ago", "celery -A worker beat"),
        ([check_tick(5 * MINUTE, MINUTE, scaled=True)], "fine", "5 min ago", ""),
        ([check_zones(0, "UTC")], "wrong", "no data", "tzdata"),
        (check_sources(Sources(0, 3, (), ())), "look at it", "none is read, 3 are paused", "sources resume"),
        (check_sources(Sources(9, 0, ("a.toml:1: bad",), ())), "wrong", "a.toml:1: bad", "sources check"),
        (check_sources(Sources(9, 0, (), ("x", "y"))), "look at it", "2 of them ill: x, y", "sources list"),
        (check_templates(3, ["digest/body.txt:4: no"]), "wrong", "digest/body.txt:4", "mend it"),
        ([check_mail("maildir", "", ())], "look at it", "nothing leaves", "WATERCOOLER_MAIL_URL"),
        ([check_mail("smtp", "", [("From", "ok", "")])], "fine", "smtp", ""),
        (
            [check_mail("smtp", "", [("From", "warning", "w"), ("DKIM keys", "wrong", "none")])],
            "wrong",
            "none",
            "doctor mail",
        ),
        ([check_public_url("")], "look at it", "no sign-up", "WATERCOOLER_PUBLIC_URL"),
        ([check_public_url("http://x.example")], "look at it", "https", "WATERCOOLER_PUBLIC_URL"),
        ([check_program("1.0", (3, 10, 2))], "wrong", "Python 3.10.2", "3.11"),
    ],
)
def test_what_was_found_says_how_it_is_and_what_to_do(checks: list[Check], state: str, found: str, todo: str) -> None:
    worst = max(checks, key=lambda one: ("fine", "look at it", "wrong").index(one.state))
    assert worst.state == state
    told = [one for one in checks if one.state == state and found in one.found and todo in one.todo]
    assert told, checks
    assert all(one.todo for one in checks if one.state != "fine")
