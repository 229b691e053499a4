"""The mails that are judged elsewhere: each is made, reaches its reader, and is as small as it has to be."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from evaluation.mail_cases import CASES, READER, Case
from evaluation.newsstand import Stand
from tests.factories import NOW
from worker.config import Settings
from worker.services import open_services
from worker.tasks import Kit


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_mail_is_sent_and_small_enough(case: Case, tmp_path: Path) -> None:
    services = open_services(Settings(home=tmp_path / "home", public_url="https://watercooler.example"))
    case.play(Stand(Kit(services), NOW))
    services.store.close()
    paths = sorted((tmp_path / "home" / "outbox" / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    message = email.message_from_bytes(paths[-1].read_bytes(), policy=email.policy.default)
    assert message["To"] == READER
    assert 10 <= len(message["Subject"]) <= 66
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert text is not None
    if case.name == "correction":  # each of the two items takes back, or confirms, what this reader was sent
        assert " ".join(text.get_content().split()).count("We told you on") == 2
    assert [line for line in text.get_content().splitlines() if len(line) > 72 and " " in line.strip()] == []
    assert (html is None) == ("--plain" in case.options)
    assert html is None or len(html.get_content().encode()) <= case.most
