"""The pages as a person with a browser sees them: from signing up to leaving, on a phone, by day and by night."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import uvicorn

from tests.worker.web.browser import Browser, find_browser
from tests.worker.web.conftest import Desk
from worker.config import Settings
from worker.models import Cadence, Standing
from worker.services import open_services
from worker.tasks import Kit
from worker.web import make_app

ANN = "ann@example.org"


@pytest.fixture
def browser() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        pytest.skip("there is no Chromium here")
    with Browser(program) as found:
        found.call("Emulation.setScriptExecutionDisabled", value=True)
        yield found


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Desk]]:
    """The app behind a real server, on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", base)
    kit = Kit(open_services(Settings.from_env()))
    server = uvicorn.Server(uvicorn.Config(make_app(kit), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield base, Desk(kit, datetime.now(UTC))
    server.should_exit = True
    thread.join()
    kit.services.close()


def confirm_link(desk: Desk, base: str) -> str:
    """The link in the mail, which is sent after the page has come."""
    deadline = time.monotonic() + 20
    while not desk.mails():
        assert time.monotonic() < deadline, "no mail came"
        time.sleep(0.05)  # the mail tells nobody that it is there
    part = desk.mails()[0].get_body(("plain",))
    assert part is not None
    return next(word for word in part.get_content().split() if word.startswith(f"{base}/confirm/"))


def test_from_signing_up_to_leaving(browser: Browser, site: tuple[str, Desk]) -> None:
    base, desk = site
    desk.show("Harbour Lights")
    desk.show("Ghosts", year=2019, country="GB")
    desk.show("Ghosts", year=2021, country="US")

    browser.open(f"{base}/subscribe?show=Harbour+Lights")
    browser.fill("#email", ANN)
    browser.fill("#shows", "Harbour Lights\nGhosts")
    browser.fill("#zone", "Europe/Berlin")
    browser.press("button")
    assert "Which “Ghosts”?" in browser.text
    browser.tick("input[name=key]")
    browser.press("button")
    assert "Look into your mailbox" in browser.text

    browser.open(confirm_link(desk, base))
    assert desk.of(ANN).state == "pending"
    browser.press("button")
    assert "You are subscribed" in browser.text
    assert desk.of(ANN).state == "active"
    assert len(desk.of(ANN).follows) == 2

    browser.press("a")
    assert "Your digests" in browser.text
    browser.tick("input[name=cadence][value=daily]")
    browser.tick("input[name=least][value=official]")
    browser.tick("input[name=safe]", on=False)
    browser.tick("input[name=drop]")
    browser.fill("#hour", "21")
    browser.press("form button")
    assert "Saved." in browser.text
    found = desk.of(ANN)
    assert (found.preferences.cadence, found.preferences.least) == (Cadence.DAILY, Standing.OFFICIAL)
    assert (found.preferences.spoilers, found.preferences.hour, found.preferences.zone) == (True, 21, "Europe/Berlin")
    assert len(found.follows) == 1

    browser.press("button.quiet")
    assert "A mail with all that is stored about you is on its way" in browser.text
    assert desk.record(ANN).count("export asked") == 1

    browser.press("p.after a")
    assert desk.of(ANN).state == "active"
    browser.press("button")
    assert "You are unsubscribed" in browser.text
    assert "Subscribe again" in browser.text
    assert desk.of(ANN).state == "unsubscribed"


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_no_page_scrolls_sideways_and_every_field_has_a_name(
    browser: Browser, site: tuple[str, Desk], language: str
) -> None:
    base, desk = site
    long = desk.show("Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstellenleiter")
    reader = desk.reader(ANN, long, desk.show("מתחת לאור הלבנה של הים התיכון הישן"))
    with desk.kit.store.begin() as tx:
        from dataclasses import replace

        tx.subscribers.prefer(reader.id, replace(reader.preferences, language=language))
    links = desk.kit.services.links
    pages = [
        links.preferences(reader.id),
        links.unsubscribe(reader.id),
        links.resubscribe(reader.id),
        links.confirm(reader.id, desk.now),
    ]
    for dark in (False, True):
        for width in (320, 375):
            browser.look(width=width, dark=dark)
            for url in (f"{base}/subscribe?language={language}", *pages, f"{base}/confirm/nonsense"):
                assert url
                browser.open(url)
                assert browser.run("document.documentElement.scrollWidth") <= width, url
                assert browser.run(UNNAMED) == [], url
                assert (browser.run(DARKNESS) < 100) == dark
                if "nonsense" not in url:
                    assert browser.run("document.documentElement.lang") == language


UNNAMED = """
[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
    .filter(field => !(field.labels && field.labels.length) && !field.innerText)
    .map(field => field.outerHTML)
"""
DARKNESS = "Number(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])"
