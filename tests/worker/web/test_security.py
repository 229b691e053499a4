"""What holds for every answer and every link: headers, methods, sizes, whose address counts, and no addresses told."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress as suppress_errors
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import uvicorn
from celery import Celery
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from tests.factories import NOW
from tests.worker.digest.test_deliver import say
from tests.worker.web.conftest import BASE, Desk
from worker import tasks
from worker.config import Settings
from worker.digest.issue import Request, open_for_request
from worker.models import Change
from worker.services import open_services
from worker.suppress import suppress
from worker.tasks import Kit
from worker.web import make_app
from worker.web.api import operation
from worker.web.frame import HEADERS
from worker.web.shield import LONGEST

TOKEN = "a-token-of-the-night-desk"
ANN = "ann.reader@example.org"
EVIL = "evil.example"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")
LARGE = b"x" * (11 * 1024 * 1024)


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"desk:{TOKEN}")


def paths(app: Any, before: str = "") -> list[tuple[str, set[str]]]:
    """All routes there are, with their methods; whatever stands in a path is 1 there."""
    found: list[tuple[str, set[str]]] = []
    for route in app.routes:
        if isinstance(route, Mount):
            found += paths(route.app, before + route.path)
        elif isinstance(route, Route):
            found.append((before + re.sub(r"{[^}]*}", "1", route.path), set(route.methods or ())))
    return found


def every(desk: Desk) -> Iterator[tuple[str, str]]:
    """Each path by each method, those that are not there too."""
    known = {path for path, _ in paths(desk.client.app)}
    assert {"/subscribe", "/hooks/bounces", "/api/v1/digests", "/health/live", "/unsubscribe/1"} <= known
    for path in [
        *sorted(known),
        "/",
        "/nothing",
        "/api/v1/nothing",
        "/subscribe/",
        "//evil.example/",
        "/api/v1/shows/",
    ]:
        for method in METHODS:
            yield method, path


def test_every_answer_has_the_headers_and_no_cookie_and_leads_nowhere(desk: Desk) -> None:
    desk.reader(ANN)
    for method, path in every(desk):
        answer = desk.client.request(method, path, headers={"Host": EVIL, "X-Forwarded-Host": EVIL})
        for name in ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"):
            assert name in answer.headers, (method, path)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "cache-control" in answer.headers
        assert "set-cookie" not in answer.headers
        assert not 300 <= answer.status_code < 400, (method, path)
        assert EVIL not in answer.text + str(answer.headers), (method, path)


def test_without_https_browsers_are_not_bound_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "http://localhost:8000")
    services = open_services(Settings.from_env())
    answer = TestClient(make_app(Kit(services))).get("/health/live")
    assert "strict-transport-security" not in answer.headers
    services.close()


@pytest.mark.parametrize("path", ["/subscribe", "/api/v1/shows"])
def test_what_breaks_tells_nothing_and_has_the_headers_too(
    desk: Desk, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError(f"{ANN} {TOKEN}")

    monkeypatch.setattr("worker.web.subscribe.say", fault)
    monkeypatch.setattr("worker.web.api.operation._carry_out", fault)
    client = TestClient(desk.client.app, base_url=BASE, raise_server_exceptions=False)
    answer = client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 500
    assert ANN not in answer.text
    assert TOKEN not in answer.text
    assert (
        answer.headers.items()
        >= {name.lower(): value for name, value in HEADERS.items() if name != "Cache-Control"}.items()
    )


def test_no_post_takes_more_than_it_needs(desk: Desk) -> None:
    posts = [path for path, methods in paths(desk.client.app) if "POST" in methods]
    assert len(posts) > 10
    kinds = ("application/json", "application/x-www-form-urlencoded", "message/rfc822")
    for path in posts:
        for kind in kinds:
            headers = {"Content-Type": kind, "Authorization": f"Bearer {TOKEN}"}
            answer = desk.client.post(path, content=LARGE, headers=headers)
            assert answer.status_code in (413, 415), (path, kind, answer.status_code)
        chunks = desk.client.post(path, content=iter([LARGE]), headers={**headers, "Content-Type": kinds[0]})
        assert chunks.status_code in (413, 415), path


def test_an_address_without_end_is_refused(desk: Desk) -> None:
    assert desk.client.get("/subscribe?show=" + "x" * (LONGEST - 100)).status_code == 200
    answer = desk.client.get("/subscribe?show=" + "x" * LONGEST)
    assert answer.status_code == 414
    assert "content-security-policy" in answer.headers


def test_all_tokens_are_compared_and_in_the_same_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"a:{TOKEN}-a,b:{TOKEN}-much-longer-than-the-other,c:{TOKEN}-c")
    compared: list[tuple[int, int]] = []
    real = operation.hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(operation.hmac, "compare_digest", watched)
    settings = Settings.from_env()
    assert operation.who_asks(settings, f"Bearer {TOKEN}-a") == "a"
    assert compared == [(32, 32)] * 3, "the first fits, and the others are looked at all the same"


@contextmanager
def serving(app: Starlette, **options: Any) -> Iterator[int]:
    """The app behind a real server; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False, **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)  # it tells nobody when it is ready
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def sign_up(port: int, number: int, forwarded: str, source: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
    headers = {"Content-Type": "application/json", "X-Forwarded-For": forwarded, "Host": EVIL}
    connection.request("POST", "/subscribe", f'{{"email": "r{number}@example.org"}}', headers)
    answer = connection.getresponse()
    assert answer.getheader("Server") is None
    assert EVIL not in answer.read().decode()
    connection.close()
    return answer.status


def test_a_forged_header_gets_nobody_round_the_limits(desk: Desk) -> None:
    """As `watercooler run` and compose start it: only a proxy on this machine is believed."""
    with serving(desk.client.app) as port:
        statuses = [sign_up(port, n, f"198.51.100.{n}", "127.0.0.2") for n in range(8)]
        assert statuses == [202] * 5 + [429] * 3, "a client that talks to us itself"
        # our own proxy adds whom it talks to at the end; what stood there before, the client has written
        behind = [sign_up(port, 10 + n, f"203.0.113.{n}, 198.51.100.7", "127.0.0.1") for n in range(8)]
        assert behind == [202] * 5 + [429] * 3
        assert sign_up(port, 30, "198.51.100.8", "127.0.0.1") == 202, "clients of the proxy are told apart"


def test_a_proxy_elsewhere_is_believed_when_it_is_named(desk: Desk) -> None:
    with serving(desk.client.app, forwarded_allow_ips="127.0.0.0/8") as port:
        statuses = [sign_up(port, n, f"203.0.113.{n}, 198.51.100.7", "127.0.0.3") for n in range(7)]
        assert statuses == [202] * 5 + [429] * 2
        assert sign_up(port, 9, "198.51.100.8", "127.0.0.3") == 202


@pytest.mark.parametrize(
    ("raw", "statuses"),
    [
        (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {"400", "414", "431"}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", {"400", "431"}),
        (b"TRACE /subscribe HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\r\n\r\n", {"405"}),
        (b"nonsense\r\n\r\n", {"400"}),
    ],
)
def test_what_no_browser_sends_is_refused_and_not_repeated(desk: Desk, raw: bytes, statuses: set[str]) -> None:
    with serving(desk.client.app) as port, socket.create_connection(("127.0.0.1", port), 10) as line:
        with suppress_errors(OSError):  # it may have seen enough
            line.sendall(raw)
        try:
            answer = line.recv(65_536).decode()
        except ConnectionResetError:
            return
        assert answer.split(" ", 2)[1] in statuses
        assert "s3cret" not in answer


def all_links(message: Any) -> set[str]:
    """Every URL of a mail, its header fields too."""
    texts = [f"{name}: {value}" for name, value in message.items() if name not in ("To", "From")]
    texts += [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return {url for text in texts for url in re.findall(r"(?:https?:|mailto:|cid:)[^\s\"'<>]+", text)}


def test_no_link_and_no_page_names_the_address_of_its_reader(desk: Desk) -> None:
    show = desk.show("Harbour Lights")
    desk.client.post("/subscribe", data={"email": ANN, "shows": "Harbour Lights"})
    desk.client.post(desk.link(desk.mails()[0], "confirm"))
    say(desk.kit, show, "a", Change.NEW, NOW)
    issue, _ = open_for_request(desk.kit.store, Request(asked_by="test"), NOW)
    assert tasks.send(desk.kit, issue.id, NOW) == {"sent": 1}
    mails = desk.mails()
    assert len(mails) == 3, "the question, the welcome, the digest"
    links = {link for mail in mails for link in all_links(mail)}
    seen, todo = set(), {link.removeprefix(BASE) for link in links if link.startswith(BASE)}
    assert {link.split("/")[1] for link in todo} >= {"confirm", "unsubscribe", "preferences", "view"}
    while todo:
        path = todo.pop()
        seen.add(path)
        found = re.findall(r'(?:href|action)="([^"]+)"', desk.client.get(path).text)
        links |= set(found)
        todo |= {f"/{url.removeprefix('../')}" for url in found if url.startswith("../")} - seen
    assert len(seen) >= 5
    for link in links:
        assert "ann.reader" not in unquote(link).lower(), link
        assert "example.org" not in unquote(link).lower(), link


def test_figures_name_no_reader(desk: Desk) -> None:
    ann = desk.reader(ANN)
    with desk.kit.store.begin() as tx:
        suppress(tx, tx.subscribers.by_key(ANN) or ann, "bounced", f"550 5.1.1 <{ANN}> unknown", NOW)
    answers = [
        desk.client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}) for path in ("/metrics", "/health/ready")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("ann.reader" not in answer.text and "example.org" not in answer.text for answer in answers)


def test_what_celery_says_of_its_broker_hides_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with Celery(broker="redis://user:s3cret-word@127.0.0.1:1/0").connection() as connection:
        assert "127.0.0.1" in connection.as_uri(), "as the first words of a worker name it"
        assert "s3cret" not in connection.as_uri()
    celery = Celery(broker="redis://user:s3cret-word@127.0.0.1:1/0")
    assert "s3cret" not in celery.bugreport(), "as `celery report` prints it"


def test_secrets_can_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "watercooler_api_token").write_text(f"desk:{TOKEN}-2\n")
    (tmp_path / "WATERCOOLER_SECRET_KEY").write_text("a-key-in-a-file\n")
    monkeypatch.delenv("WATERCOOLER_API_TOKEN")
    found = Settings(_secrets_dir=tmp_path)
    assert found.api_tokens == (("desk", f"{TOKEN}-2"),)
    assert found.keys == ("a-key-in-a-file",)
