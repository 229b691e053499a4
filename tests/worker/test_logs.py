"""Logs: one form for every logger, one line per step, ids that lead on, and no secrets whatever is logged."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import to_json
from crawler.run import _pass_on
from tests.factories import NOW, make_article, make_page
from worker import logs, tasks
from worker.digest.issue import Request, open_for_request
from worker.mail.links import Links
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("worker.test")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leaves the loggers of this process as they were."""
    root, names = logging.getLogger(), (*logs._OURS, *logs._HEARD)
    handlers, level, levels = root.handlers[:], root.level, [logging.getLogger(name).level for name in names]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, former in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(former)
    logging.captureWarnings(False)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """The lines on standard error so far."""
    found: list[str] = []

    def read() -> list[str]:
        found.extend(capsys.readouterr().err.splitlines())
        return found

    return read


@pytest.fixture
def lines(written: Callable[[], list[str]]) -> Callable[[], list[dict[str, Any]]]:
    """The same, as JSON."""
    logs.set_up("json", logging.INFO, ["key-of-sixteen-signs", "short"])
    return lambda: [json.loads(line) for line in written()]


def test_a_step_is_one_line_with_its_ids_and_counts(lines: Callable[[], list[dict[str, Any]]]) -> None:
    times = iter([10.0, 12.5])
    with logs.step("ingest", timer=lambda: next(times), inbox=[7, 8], run="r1") as told:
        told.bring(articles=1, article=[12])
        told.bring(articles=2, article={14, 13}, story=None)
    (line,) = lines()
    assert datetime.fromisoformat(line.pop("time")).tzinfo
    assert line == {
        "level": "info",
        "logger": "worker.logs",
        "event": "ingest done",
        "step": "ingest",
        "outcome": "done",
        "seconds": 2.5,
        "inbox": [7, 8],
        "run": "r1",
        "articles": 3,
        "article": [12, 13, 14],
    }


def test_a_step_that_fails_says_why_and_the_error_goes_on(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with pytest.raises(ValueError, match="no"), logs.step("crawl", source="tvline"):
        raise ValueError("no such\nthing")
    (line,) = lines()
    assert (line["outcome"], line["level"], line["reason"]) == ("failed", "error", "ValueError: no such")


def test_what_stops_a_process_gives_the_work_back(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with pytest.raises(KeyboardInterrupt), logs.step("deliver", delivery=[1]):
        raise KeyboardInterrupt
    with logs.step("deliver", delivery=[2]) as told:
        told.give_back("the mail server rests")
    first, second = lines()
    assert (first["outcome"], first["reason"], first["level"]) == ("given back", "KeyboardInterrupt", "warning")
    assert (second["outcome"], second["reason"]) == ("given back", "the mail server rests")


def test_idle_steps_are_told_to_who_asks_for_them(written: Callable[[], list[str]]) -> None:
    for level in (logging.INFO, logging.DEBUG):
        logs.set_up("json", level)
        with logs.step("letters", run="r") as told:
            told.bring(letters=0, subscriber=[])
    with logs.step("tick"):
        pass  # it says nothing of what it brought
    assert [json.loads(line)["level"] for line in written()] == ["debug", "info"]


def test_lines_inside_a_step_carry_its_single_ids(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with logs.step("crawl", run="r9"), logs.step("ingest", inbox=[1]):
        logging.getLogger("sqlalchemy.pool").warning("slow")
        logs.bring(article=[5])
    log.warning("outside")
    logs.bring(article=[6])  # belongs to nobody
    inner, ingest, crawl, outside = lines()
    assert (inner["step"], inner["run"], "inbox" in inner) == ("ingest", "r9", False)
    assert (ingest["step"], ingest["run"], ingest["article"]) == ("ingest", "r9", [5])
    assert (crawl["step"], "article" in crawl) == ("crawl", False)
    assert "step" not in outside


def test_text_is_for_people_and_grep(written: Callable[[], list[str]]) -> None:
    logs.set_up("text")
    with logs.step("ingest", article=[12, 13], title='a "b" c'):
        pass
    log.warning("two\nlines")
    first, second = written()
    assert "info    worker.logs: ingest done step=ingest outcome=done seconds=" in first
    assert first.endswith('article=12 article=13 title="a \\"b\\" c"')
    assert second.endswith("warning worker.test: two\\nlines"), "nobody writes a line of their own"


def test_auto_is_json_where_nobody_sits(written: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    logs.set_up("auto")
    log.info("one")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.set_up("auto")
    log.info("two")
    one, two = written()
    assert json.loads(one)["event"] == "one"
    assert two.endswith("two")


def test_set_up_again_writes_once(written: Callable[[], list[str]]) -> None:
    for _ in range(3):
        logs.set_up("text")
    log.info("once")
    assert len(written()) == 1


def test_foreign_loggers_come_out_in_the_same_form(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("uvicorn.access").info("GET /unsubscribe/abc")
    logging.getLogger("sqlalchemy.engine").info("SELECT")
    logging.getLogger("celery.beat").info("Scheduler: Sending due task")
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    logging.getLogger("celery.worker.consumer.connection").info("Connected to %s", "redis://:pass@host//")
    logging.getLogger("scrapy.core").warning("odd")
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    try:
        raise OSError("disk")
    except OSError:
        logging.getLogger("kombu").exception("lost")
    found = lines()
    assert [line["logger"] for line in found] == [
        "uvicorn.error",
        "celery.worker.consumer.connection",
        "scrapy.core",
        "py.warnings",
        "kombu",
    ]
    assert found[1]["event"] == "Connected to redis://:[hidden]@host//"
    assert "OSError: disk" in found[-1]["exception"]


def test_long_lists_of_ids_end(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with logs.step("deliver", delivery=list(range(logs.MOST_IDS + 7))):
        pass
    (line,) = lines()
    assert (len(line["delivery"]), line["delivery_more"]) == (logs.MOST_IDS, 7)


def test_what_the_crawling_process_logs_comes_out_in_the_same_form(lines: Callable[[], list[dict[str, Any]]]) -> None:
    log = (
        b"a library writes this\n"
        b"2027-03-05 08:00:01 [scrapy.core.scraper] ERROR: Spider error\nTraceback (most recent call last):\n  oops\n"
        b"2027-03-05 08:00:02 [crawler.spiders.base] WARNING: https://ann:pass@tvline.example/ is odd\n"
    )
    _pass_on(io.BytesIO(log))
    first, second = lines()
    assert (first["logger"], first["level"], first["event"].count("\n")) == ("scrapy.core.scraper", "error", 2)
    assert (second["level"], second["event"]) == ("warning", "https://ann:[hidden]@tvline.example/ is odd")


SECRETS = {
    "postgresql+psycopg://watercooler:sw0rd/fi@sh@db/watercooler": ("sw0rd", "sh@db"),
    "redis://:swordfish@redis:6379/0 and smtps://ann:swordfish@mail:465": ("swordfish",),
    "https://ann:swordfish@feeds.example/rss": ("swordfish",),
    "GET /unsubscribe/MTI.abcDEF-_ HTTP/1.1": ("MTI",),
    "https://news.example/view/WzEsMl0.x-y_z?plain=1": ("WzEs",),
    "{'Authorization': 'Bearer abcdefgh12345678', 'token': 'xyzzy-1'}": ("abcdefgh", "xyzzy"),
    "Authorization: Basic YW5uOnB3ZA==": ("YW5u",),
    "WATERCOOLER_SECRET_KEY=abc,def WATERCOOLER_API_TOKEN=admin:tokentokentoken": ("abc", "tokentoken"),
    'password = "open sesame"': ("open",),
    "550 <ann.o'neill+tv@mail.example.org>: no such user": ("ann", "neill", "mail.example"),
    'to=ann@example.org; mailto:bob%40example.org, "a b"@example.org': ("ann", "bob", "a b", "example.org"),
    "чебурашка@пример.рф and x@[192.0.2.1]": ("чебурашка", "пример", "192.0.2.1"),
    "bounce+5=ann=example.org@news.example": ("ann", "news.example"),
    "a key-of-sixteen-signs in a text": ("sixteen",),
}


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("style", ["json", "text"])
def test_what_is_secret_is_struck_wherever_it_stands(
    text: str, style: logs.Style, written: Callable[[], list[str]]
) -> None:
    logs.set_up(style, logging.INFO, ["key-of-sixteen-signs"])
    log.warning("%s", text)
    with logs.step("x", url=text, many=[text], deep={"a": {text: text}}):
        log.info(text.replace("%", "%%"))
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("it broke")
    found = "\n".join(written())
    assert not [secret for secret in SECRETS[text] if secret in found], found


def test_fields_whose_names_tell_of_secrets_are_struck(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with logs.step("x", address="ann", data={"Password": "swordfish", "n": 1}, subscriber=7):
        pass
    (line,) = lines()
    assert (line["address"], line["data"], line["subscriber"]) == ("[hidden]", {"Password": "[hidden]", "n": 1}, 7)


PLAIN = (
    "source tvline: https://tvline.example/2027/03/a-new-season/?page=2#c1 came back 304",
    "postgresql+psycopg://watercooler@/test?host=/tmp/x",
    "delivery 12 is done, 50% at 08:15",
    "crawl@host ready, https://medium.example/@somebody/post",
    "http://127.0.0.1:8000/health/ready",
)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.strike(text) == text


def test_every_link_that_we_sign_is_struck() -> None:
    links, token = Links("https://news.example", ["k" * 20]), "news.example/"
    now = datetime.fromisoformat("2027-03-05T08:00:00+00:00")
    made = [links.unsubscribe(1), links.confirm(1, now), links.preferences(1), links.resubscribe(1)]
    for link in [*made, links.view(1, 2), links.why(1, 2, 3)]:
        assert link is not None
        struck = logs.strike(f"see {link}")
        assert struck == f"see https://{token}{link.split('/')[3]}/[hidden]"


@settings(deadline=None)  # the machine may be busy
@given(st.emails(), st.sampled_from(["{}", "<{}>", "to {}: no", "'{}'", "x={}", "({}),"]))
def test_any_address_is_struck(address: str, around: str) -> None:
    local, _, domain = address.rpartition("@")
    local = local.rpartition("/")[2]  # what stands before a slash may be a URL
    if not local:
        return
    struck = logs.strike(around.format(address))
    assert f"{local}@" not in struck
    assert f"@{domain}" not in struck


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_any_text_can_be_struck_and_struck_again(text: str) -> None:
    once = logs.strike(text)
    assert logs.strike(once) == once


@pytest.mark.parametrize(
    "piece", ["a", "@", "a@", "%40", "a.", "redis://:", "://", "token ", "token=", '"', "/view/", "bearer "]
)
def test_striking_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text, began = piece * (size // len(piece)), time.process_time()
        logs.strike(text + " @ / ")
        return time.process_time() - began

    assert seconds(50_000) < 1.0


CHILD = """
import logging, sys
from celery.signals import setup_logging
from worker.celery import app
app.log.setup(loglevel=logging.INFO)
logging.getLogger("worker.x").info("hello %s", "redis://:swordfish@h/0")
logging.getLogger("celery.app.trace").info("Task succeeded")
print("on standard output")
"""


def test_a_celery_process_writes_the_same_form(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WATERCOOLER_LOG": "json"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["event"], line["logger"]) == ("hello redis://:[hidden]@h/0", "worker.x")
    assert done.stdout == "on standard output\n"


def test_an_article_can_be_followed_from_the_inbox_into_a_mail(
    kit: Kit, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    text = "Harbour Lights has been renewed for a second season, the network announced."
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        reader, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
        follow(tx, reader, show, NOW)
        ids = tx.sources.receive([[to_json(make_article(text)), to_json(make_page())]], NOW)
    later = NOW + timedelta(days=1)
    tasks.ingest(kit, ids, later.isoformat())
    issue, _ = open_for_request(kit.store, Request(asked_by="test"), later)
    tasks.send_issue(kit, issue.id, later.isoformat())
    with kit.store.begin() as tx:
        article = tx.articles.by_url("https://my-outlet.example/a")
        (delivery,) = tx.deliveries.of_issue(issue.id)
    assert article is not None
    found = {line["step"]: line for line in lines() if line.get("outcome") == "done"}
    ingested, sent = found["ingest"], found["deliver"]
    assert (ingested["inbox"], ingested["article"], ingested["source"]) == (ids, [article.id], ["my-outlet"])
    assert ingested["update"] == sent["update"] != []
    assert (sent["issue"], sent["delivery"], sent["sent"]) == ([issue.id], [delivery.id], 1)
    assert found["send_issue"]["issue"] == issue.id
    assert "ann@" not in json.dumps(found)
