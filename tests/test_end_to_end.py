"""The whole way, in embedded mode with a fixed clock: outlets on loopback → crawl → ledger → issue → Maildir."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import send_issue
from worker import tasks
from worker.demo.outlets import NOW, Outlets
from worker.demo.story import READER, Week, outlets, play, prepare, settings
from worker.digest.content import Digest
from worker.digest.deliver import preview
from worker.digest.issue import Request, open_for_request
from worker.models import Change, Issue, Standing
from worker.services import open_services
from worker.subscribers import find_subscriber
from worker.tasks import Kit


class Story:
    """The two weeks, played once for all tests of this file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weeks: list[Week] = []
        self.previews: list[Digest | None] = []
        self.again: list[dict[str, int]] = []

    def play(self) -> None:
        with Outlets() as sites:
            sites.write_sources(self.folder / "sources")
            self.kit = Kit(open_services(settings(self.folder, sites.hosts)))
            prepare(self.kit, NOW[0])
            for number, now in enumerate(NOW, start=1):
                sites.week(number)
                self.weeks.append(play(self.kit, self.folder, number, now, before_sending=self._preview))
                self._read_again()

    def _preview(self) -> None:
        now = NOW[len(self.previews)]
        with self.kit.store.begin() as tx:
            reader = find_subscriber(tx, READER)
        issue = Issue(0, "preview", "admin", "test", now, now)
        self.previews.append(preview(self.kit.store, reader, issue, self.kit.services.templates))

    def _read_again(self) -> None:
        tally, ingested = tasks.read(self.kit, outlets(self.kit), NOW[len(self.again)])
        self.again.append(tasks.figures(tally, ingested))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    found = Story(folder)
    found.play()
    yield found
    found.kit.services.close()


def items(story: Story, week: int) -> dict[tuple[str, str], list[Change]]:
    digest = story.previews[week - 1]
    assert digest is not None
    found: dict[tuple[str, str], list[Change]] = {}
    for block in digest.shows:
        for item in block.updates:
            found.setdefault((block.name, item.headline), []).append(item.change)
    return found


def test_week_1_tells_the_rumour_as_a_rumour(story: Story) -> None:
    digest = story.previews[0]
    assert digest is not None
    harbour = next(block for block in digest.shows if block.name == "Harbour Lights")
    assert {item.change for item in harbour.updates} == {Change.NEW}
    assert {item.standing for item in harbour.updates} == {Standing.RUMOUR}
    assert {item.source.outlet for item in harbour.updates} == {"The Screen Ledger"}
    assert all(item.others == () for item in harbour.updates), "a copy is nobody else"


def test_week_2_confirms_the_renewal_with_both_outlets(story: Story) -> None:
    digest = story.previews[1]
    assert digest is not None
    harbour = next(block for block in digest.shows if block.name == "Harbour Lights")
    (confirmed,) = [item for item in harbour.updates if item.change is Change.CONFIRMED]
    assert confirmed.headline == "Season 2 is renewed"
    assert confirmed.source.outlet == "Meridian Plus Newsroom"
    assert [other.outlet for other in confirmed.others] == ["The Screen Ledger"]
    (moved,) = [item for item in harbour.updates if item.change is Change.MOVED]
    assert moved.box is not None
    assert (moved.box.was_standing, moved.box.now, moved.box.now_standing) == (
        Standing.RUMOUR,
        "early 2028",
        Standing.OFFICIAL,
    )


def test_week_2_denies_what_was_denied(story: Story) -> None:
    digest = story.previews[1]
    assert digest is not None
    ferry = next(block for block in digest.shows if block.name == "Night Ferry")
    assert Change.DENIED in {item.change for item in ferry.updates}


def test_week_2_tells_the_rewritten_section_and_the_new_talk(story: Story) -> None:
    digest = story.previews[1]
    assert digest is not None
    orchard = next(block for block in digest.shows if block.name == "The Glass Orchard")
    assert any("release date" in change.heading.lower() for change in orchard.rewritten)
    assert any("14 January 2028" in " ".join(change.new) for change in orchard.rewritten)
    harbour = next(block for block in digest.shows if block.name == "Harbour Lights")
    assert [(talk.new, talk.captured, talk.declared) for talk in harbour.talk] == [(3, 13, 13)]


def test_week_2_repeats_nothing_of_week_1(story: Story) -> None:
    repeated = items(story, 1).keys() & items(story, 2).keys()
    assert not repeated
    first, second = story.previews
    assert first is not None
    assert second is not None
    links = [{link.url for block in digest.shows for link in block.also} for digest in (first, second)]
    assert not links[0] & links[1]
    told = [{item.update_id for block in digest.shows for item in block.told} for digest in (first, second)]
    assert not told[0] & told[1]


def test_every_comment_that_is_declared_is_captured(story: Story) -> None:
    assert [week.figures["comments captured/declared"] for week in story.weeks] == ["16/16", "21/21"]


def test_the_copy_is_found_and_off_topic_pages_make_no_claim(story: Story) -> None:
    assert story.weeks[0].figures["duplicates"] == 1
    with story.kit.store.begin() as tx:
        rows = tx.articles.rows()
        claimed = {row.claim.url for row in tx.stories.claims()}
    copies = [row for row in rows if row.stored.duplicate_of]
    assert [row.stored.article.source for row in copies] == ["channel-nine"]
    off_topic = [row for row in rows if not row.shows]
    assert off_topic
    assert not {row.stored.article.url for row in off_topic} & claimed


def test_reading_again_stores_and_tells_nothing(story: Story) -> None:
    for figures in story.again:
        stored = {
            name: figures[name] for name in ("articles", "rewritten", "comments", "claims", "updates", "failures")
        }
        assert not any(stored.values()), stored
    issue, new = open_for_request(story.kit.store, Request(), NOW[1] + timedelta(hours=1))
    assert new
    assert [d.state for d in send_issue(story.kit, issue.id, NOW[1] + timedelta(hours=1))] == ["skipped"]


def test_one_mail_a_week_lies_in_the_outbox(story: Story) -> None:
    assert [[mail.to for mail in week.mails] for week in story.weeks] == [[READER], [READER]]
    for week, digest in zip(story.weeks, story.previews, strict=True):
        assert digest is not None
        (mail,) = week.mails
        assert mail.subject == digest.subject
        assert mail.html.read_text().startswith("<!DOCTYPE html>")


def test_a_claim_says_why(story: Story) -> None:
    with story.kit.store.begin() as tx:
        rows = [row for row in tx.stories.claims() if row.show == "Harbour Lights" and row.claim.field == "status"]
    assert all(row.claim.evidence and row.claim.rule and row.reason for row in rows)
    assert {row.claim.copy_of is not None for row in rows} == {True, False}
