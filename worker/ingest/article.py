"""Article → versions → claims → stories → updates: the order of the steps, in one transaction a batch."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from crawler.items import Article, Failure, Item, Page, Section, Thread, normalise
from worker.ingest.ahead import Group, Reading, decoded, read_ahead
from worker.ingest.aliases import propose_aliases
from worker.ingest.changes import diff_sections
from worker.ingest.claims import NO_DATE
from worker.ingest.corrections import corrected_drafts, corrected_labels, corrected_matches, fitting
from worker.ingest.duplicates import ALGORITHM, Signature, is_copy, sign, similarity
from worker.ingest.leads import REACH, days_around, find_news, lead_of, same_words
from worker.ingest.ledger import apply_claim, expire, importance
from worker.ingest.shelf import Shelf
from worker.ingest.shows import MANY, leading_show, propose_shows
from worker.ingest.stories import without_history
from worker.ingest.telling import confirm_heard, dated, in_order, is_set_right, of_parent, overtakes, set_right
from worker.ingest.thread import ingest_thread
from worker.ingest.visits import next_visit
from worker.models import Change, Claim, ClaimDraft, Field, Labels, SectionChange, Show, ShowMatch, Standing, Update
from worker.store import Store, Tx
from worker.store.articles import StoredArticle
from worker.store.sources import SetAside
from worker.store.stories import claim_key

__all__ = ["IngestTally", "Shelf", "expire_stories", "ingest_inbox", "read_again", "relabel"]

log = logging.getLogger(__name__)

BACKGROUND = timedelta(days=7)  # published so long before a source's first crawl: fills the ledger, is never NEW
COPY_WINDOW = timedelta(days=30)  # copies of an article are looked for this far back
MOST_VERSIONS = 50  # a page with a clock in it cannot flap for ever
_TURNS = (Change.CONFIRMED, Change.MOVED, Change.DENIED, Change.CONTRADICTED)
LIKELY_COPY = 0.3  # estimated likeness from which two texts are compared


@dataclass(slots=True)
class IngestTally:
    """What ingesting brought."""

    articles: int = 0
    versions: int = 0
    duplicates: int = 0
    comments: int = 0
    claims: int = 0
    set_aside: int = 0
    updates: list[Update] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)  # of the articles that were new, or rewritten
    sources: set[str] = field(default_factory=set)  # that they come from


def ingest_inbox(store: Store, ids: Sequence[int], shelf: Shelf, now: datetime) -> IngestTally:
    """Ingests groups of items from the inbox. A group that fails is set aside, alone.

    Articles are read first, while others take theirs in; then all that has to see the others' work is done in one
    transaction; then what is known of the pages is kept, and the groups leave the inbox. Whoever stops in between does
    the rest again, which changes nothing.
    """
    with store.read() as tx:
        received, index = tx.sources.received(ids), shelf.index(tx)
    ahead = {number: read_ahead(items, index, shelf, now) for number, items in received}
    taken = store.run(lambda tx: _take_in(tx, ids, ahead, shelf, now))
    store.run(lambda tx: _put_away(tx, taken, shelf, now))
    return taken.tally


@dataclass(frozen=True, slots=True)
class _Taken:
    """Inbox groups whose articles are in the store, with their items; those of a group that was set aside are none."""

    tally: IngestTally = field(default_factory=IngestTally)
    groups: list[tuple[int, list[dict[str, Any]], Sequence[Item]]] = field(default_factory=list)


def _take_in(tx: Tx, ids: Sequence[int], ahead: Mapping[int, Group | None], shelf: Shelf, now: datetime) -> _Taken:
    """Articles and threads, alone."""
    tx.alone()
    taken, mark = _Taken(), shelf.mark
    try:
        for number, data in sorted(tx.sources.received(ids), key=lambda group: _published(group[1])):
            group = ahead.get(number)
            same = group if group and group.data == data else None
            taken.groups.append((number, data, _ingest_group(tx, data, same, shelf, now, taken.tally)))
    except BaseException:
        shelf.undo(mark)
        raise
    return taken


def _put_away(tx: Tx, taken: _Taken, shelf: Shelf, now: datetime) -> None:
    """Pages and failures: who takes articles in looks at none of them. Then the groups leave the inbox."""
    for _, data, items in taken.groups:
        try:
            with tx.savepoint():
                for item in items:
                    _keep(tx, item, shelf, now, taken.tally)
        except OperationalError:
            raise
        except Exception as error:
            _set_group_aside(tx, data, error, now, taken.tally)
    tx.sources.ingested([number for number, _, _ in taken.groups])


def relabel(tx: Tx, show: Show, shelf: Shelf, now: datetime) -> int:
    """Reads stored articles again that name a show which is new to the registry; gives how many are about it.

    What they claim fills the ledger as background: it is where the show stands, not news.
    """
    index, count = shelf.index(tx), 0
    for stored in tx.articles.containing((show.name, *show.aliases)):
        matches = shelf.match(stored.article, index)
        if any(match.show_id == show.id for match in matches):
            count += 1
            _read(tx, stored, matches, shelf, now, _How(background=True))
    return count


def read_again(tx: Tx, stored: StoredArticle, shelf: Shelf, now: datetime) -> int:
    """Reads a stored article by today's rules; gives the number of claims that are new. Old articles are background."""
    background = stored.background or now - stored.first_seen > BACKGROUND
    matches = shelf.match(stored.article, shelf.index(tx))
    return _read(tx, stored, matches, shelf, now, _How(background))[1]


def expire_stories(store: Store, now: datetime) -> int:
    """Closes rumours whose date has passed unconfirmed; gives how many."""
    with store.read() as tx:
        if not tx.stories.overdue(now):
            return 0
    return store.run(lambda tx: _expire(tx, now))


def _expire(tx: Tx, now: datetime) -> int:
    tx.alone()  # else one that is confirmed at this moment would be closed
    first_claims = {story.id: (story, claim_id) for story, claim_id in tx.stories.overdue(now)}
    stories = [story for story, _ in first_claims.values()]
    passed = expire(stories, now.date())
    for story, reason in passed:
        weight = importance(Change.EXPIRED, story.field, story.standing)
        tx.stories.expire(story, first_claims[story.id][1], reason, weight, now)
    return len(passed)


def _ingest_group(
    tx: Tx, data: list[dict[str, Any]], ahead: Group | None, shelf: Shelf, now: datetime, tally: IngestTally
) -> Sequence[Item]:
    """Gives the items of the group; none when it was set aside."""
    mark = shelf.mark
    try:
        with tx.savepoint():
            items, readings = (ahead.items, ahead.readings) if ahead else (decoded(data), {})
            for place, item in enumerate(items):
                _ingest_item(tx, item, readings.get(place), shelf, now, tally)
    except OperationalError:
        raise  # the database itself is in trouble: nothing is lost, the inbox keeps all
    except Exception as error:
        shelf.undo(mark)
        _set_group_aside(tx, data, error, now, tally)
        return ()
    return items


def _set_group_aside(tx: Tx, data: list[dict[str, Any]], error: Exception, now: datetime, tally: IngestTally) -> None:
    url, source = str(data[0].get("url", "")), str(data[0].get("source", ""))
    detail = f"{type(error).__name__}: {error}"
    log.warning("%s could not be ingested: %s", url, detail)
    log.debug("%s", url, exc_info=True)
    tx.sources.set_aside([SetAside(source, url, "ingest-failed", detail, data)], now)
    tally.set_aside += 1


def _ingest_item(tx: Tx, item: Item, reading: Reading | None, shelf: Shelf, now: datetime, tally: IngestTally) -> None:
    if isinstance(item, Article):
        _ingest_article(tx, item, reading, shelf, now, tally)
    elif isinstance(item, Thread):
        tally.comments += ingest_thread(tx, item, now)


def _keep(tx: Tx, item: Item, shelf: Shelf, now: datetime, tally: IngestTally) -> None:
    """A page is remembered after its article, so that an article that was lost on the way is read again."""
    if isinstance(item, Page):
        tx.sources.save_pages([item])
        if item.kind == "article":
            _plan_visit(tx, item, shelf, now)
        # "other" comes beside the failure of a page that is no article
        if item.kind == "gone" or (item.kind != "other" and item.status < 400):
            tx.sources.mend([item.url])
    elif isinstance(item, Failure):
        body = base64.b64decode(item.body) if item.body else None
        tx.sources.set_aside([SetAside(item.source, item.url, item.reason, item.detail, body=body)], now)
        tally.set_aside += 1


def _plan_visit(tx: Tx, page: Page, shelf: Shelf, now: datetime) -> None:
    """Decides when the article of a page is looked at again."""
    watched = tx.articles.watched(page.url)
    if watched is not None:
        tx.sources.visit_again(page.url, next_visit(watched, shelf.revisit(page.source), now, page.fresh_until))


def _ingest_article(
    tx: Tx, article: Article, reading: Reading | None, shelf: Shelf, now: datetime, tally: IngestTally
) -> None:
    if article.moved_from is not None:
        tx.articles.move(article.moved_from, article.url)
    stored = tx.articles.by_url(article.url)
    new = stored is None
    if stored is None:
        stored, fresh = _add(tx, article, reading.signature if reading else sign(article.text), shelf, now), None
        tally.articles += 1
        tally.duplicates += stored.duplicate_of is not None
    else:
        changes = _add_version(tx, stored, article, now)
        if not changes:
            return
        stored, fresh = tx.articles.by_url(article.url) or stored, _new_sentences(stored, article, changes)
        tally.versions += 1
    tally.ids.append(stored.id)
    tally.sources.add(stored.article.source)
    matches = _match(tx, stored, reading, shelf, now)
    background = stored.background and fresh is None  # what is rewritten on an old page is news
    how = _How(background, fresh, new, reading)
    updates, claims = _read(tx, stored, matches, shelf, now, how)
    tally.updates += updates
    tally.claims += claims


def _add(tx: Tx, article: Article, signature: Signature | None, shelf: Shelf, now: datetime) -> StoredArticle:
    original = _original(tx, article, signature, now)
    stored = tx.articles.add(
        article,
        family=shelf.family(article.source),
        tier=shelf.tier(article.source),
        background=is_background(article, tx.sources.first_crawled(article.source) or now),
        duplicate_of=original.id if original else None,
        now=now,
    )
    if signature and original is None:  # a copy of a copy is found by the original
        tx.copies.sign(stored.id, ALGORITHM, signature.digest, signature.bands, new=True)
    return stored


def _original(tx: Tx, article: Article, signature: Signature | None, now: datetime) -> StoredArticle | None:
    """The article that this one is a copy of: the same text, or nearly."""
    same = tx.copies.same(article.fingerprint)
    if same or signature is None:
        return same
    # a page that tells no day may be as old as any
    since = min(article.published, now) - COPY_WINDOW if article.published else _FIRST
    for candidate, digest in tx.copies.alike(signature.bands, ALGORITHM, since):
        estimate = similarity(signature, Signature(digest, ()))
        if estimate >= LIKELY_COPY and is_copy(candidate.article.text, article.text, estimate):
            return candidate
    return None


def is_background(article: Article, first_crawled: datetime) -> bool:
    """Was it published well before we began to read its source?"""
    return article.published is not None and article.published < first_crawled - BACKGROUND


def _add_version(tx: Tx, stored: StoredArticle, new: Article, now: datetime) -> tuple[SectionChange, ...]:
    """Stores a rewritten article's new state; gives what changed, nothing when it is of no substance."""
    if stored.fingerprint == new.fingerprint:
        return ()
    changes = diff_sections(_sections(stored.article), _sections(new), new.language or "en")
    if not changes or stored.version >= MOST_VERSIONS:
        tx.articles.refresh(stored, new)
        return ()
    tx.articles.add_version(stored, new, changes, now)
    return changes


def _new_sentences(stored: StoredArticle, new: Article, changes: Sequence[SectionChange]) -> str:
    """What a rewritten article says that it did not say before; its other sentences make no claim again."""
    title = new.title if normalise(new.title) != normalise(stored.article.title) else ""
    return normalise(" ".join([title, *(sentence for change in changes for sentence in change.new)]))


def _sections(article: Article) -> Sequence[Section]:
    return article.sections or (Section("", article.text),)


def _match(tx: Tx, stored: StoredArticle, reading: Reading | None, shelf: Shelf, now: datetime) -> list[ShowMatch]:
    """Which shows it is about; shows that the text offers with evidence join the registry as proposed first."""
    holds = reading is not None and reading.holds(stored, shelf.index(tx))
    matches = reading.matches if reading and holds else _match_anew(tx, stored, shelf, now)
    for match in matches:
        if shelf.proposed.get(match.show_id, stored.family) != stored.family:  # a second publisher knows it
            tx.shows.accept(match.show_id)
            del shelf.proposed[match.show_id]
    return matches


def _match_anew(tx: Tx, stored: StoredArticle, shelf: Shelf, now: datetime) -> list[ShowMatch]:
    index = shelf.index(tx)
    text = f"{stored.article.title}\n{stored.article.text}"
    for name in propose_shows(stored.article):
        if index.knows(name, text):
            continue
        if full := index.abbreviated(name):
            tx.shows.add_aliases(full.id, [name])
        else:
            shelf.propose(tx, name, stored.family, now)
        index = shelf.index(tx)
    for show, alias in propose_aliases(stored.article, index):
        tx.shows.add_aliases(show.id, [alias])
    return shelf.match(stored.article, shelf.index(tx))


@dataclass(frozen=True, slots=True)
class _How:
    """How an article is read: as background, because it is new, or for what is new on it.

    `fresh` is the normalised text that is new on a rewritten page; only claims made there count. None: all is new.
    `new`: nothing in the store refers to it yet. `reading` is what was read ahead, if its matches still stand.
    """

    background: bool
    fresh: str | None = None
    new: bool = False
    reading: Reading | None = None


def _read(
    tx: Tx, stored: StoredArticle, matches: list[ShowMatch], shelf: Shelf, now: datetime, how: _How
) -> tuple[list[Update], int]:
    """Labels an article and takes its claims into the ledger; gives the updates and the number of new claims."""
    fresh, reading = how.fresh, how.reading
    corrections = fitting(tx, stored.article)
    if corrections:
        matches = corrected_matches(matches, corrections, shelf.index(tx))
    read_before = reading is not None and matches is reading.matches
    labels, drafts = (reading.labels, reading.drafts) if reading and read_before else shelf.read(stored, matches)
    labels = corrected_labels(labels, corrections)
    drafts = corrected_drafts(drafts, corrections, shelf.index(tx)) if corrections else drafts
    told = without_history(drafts, labels.primary)
    past, drafts = [draft for draft in drafts if draft not in told], told
    drafts = [draft for draft in drafts if draft.value != NO_DATE]
    tx.articles.label(stored.id, labels, matches, new=how.new)
    apart = _barred(tx, stored, how, ledger=True)
    known = set() if how.new else tx.stories.keys_of(stored.id)
    updates: list[Update] = []
    claims = 0
    own: set[int] = set()
    published = stored.article.published.date() if stored.article.published else None
    for draft in in_order([*drafts, *_for_parents(tx, drafts, stored, matches, shelf)], labels.primary):
        draft = dated(draft, published, stored.article.language)
        claim = _claim(draft, stored, now, how.background)
        if claim_key(claim) in known or (fresh is not None and normalise(claim.evidence) not in fresh):
            continue
        known.add(claim_key(claim))
        claims += 1
        move = apply_claim(claim, [story for story in tx.stories.beside(claim) if story.id not in apart])
        if move.change is Change.NEW and claim.standing is Standing.OFFICIAL:
            move = confirm_heard(claim, move, tx.leads.near({claim.show_id}, None, REACH))
        if claim.kind is labels.primary:
            move = overtakes(move, claim, past)
        if is_set_right(claim, move, own, labels.standing):
            move = set_right(move)
        weight = importance(move.change, claim.field, move.standing) if move.change else 0
        update = tx.stories.keep(claim, move, weight)
        updates += [update] if update else []
        own |= {update.story_id} if update else {move.story.id} if move.story else set()
    if fresh is None:  # what a page tells first, it goes on telling
        turned = any(update.change in _TURNS and update.kind is labels.primary for update in updates)
        _tell(tx, stored, labels, matches, drafts, how, turned=turned)
    return updates, claims


def _for_parents(
    tx: Tx, drafts: Sequence[ClaimDraft], stored: StoredArticle, matches: Sequence[ShowMatch], shelf: Shelf
) -> list[ClaimDraft]:
    """What the makers say of a spin-off, told in the ledgers of the shows it comes from too, where it was awaited."""
    if not any(draft.field is Field.SPINOFF for draft in drafts):
        return []
    ledgers = ((show, tx.stories.ledger(show, Field.SPINOFF)) for show in shelf.parents(stored, matches, tx))
    return [draft for show, known in ledgers for draft in of_parent(drafts, show, known)]


def _tell(
    tx: Tx,
    stored: StoredArticle,
    labels: Labels,
    matches: Sequence[ShowMatch],
    drafts: Sequence[ClaimDraft],
    how: _How,
    *,
    turned: bool,
) -> None:
    """Finds the articles that tell the same news, and gives this one their number. A round-up tells its own."""
    barred = _barred(tx, stored, how, ledger=False)
    if stored.duplicate_of is not None:
        story = tx.leads.story_of(stored.duplicate_of) or stored.duplicate_of
        if story not in barred:
            return tx.leads.number(stored.id, story, f"a copy of article {stored.duplicate_of}")
    if leading_show(stored.article, matches) == MANY:
        return tx.leads.number(stored.id, stored.id, "a round-up")
    lead = lead_of(stored.id, stored.article, labels, matches, drafts)
    keys = same_words(lead.title, days_around(lead.told))
    told = find_news(lead, tx.leads.near(lead.shows, lead.told, REACH, keys), barred, turned=turned)
    lead = replace(lead, story=told.story if told else stored.id)
    keys = same_words(lead.title, [lead.told] if lead.told else ())
    tx.leads.keep(lead, told.reason if told else "first told", keys, new=how.new)
    story = lead.story
    for other in told.joins if told else ():
        story = tx.leads.join(story, other)
    return None


def _barred(tx: Tx, stored: StoredArticle, how: _How, *, ledger: bool) -> frozenset[int]:
    """What people have set an article apart from; what was said of the one that it copies is true of it."""
    original = [] if stored.duplicate_of is None else [stored.duplicate_of]
    asked = original if how.new else [stored.id, *original]
    return tx.leads.barred(asked, ledger=ledger) if asked else frozenset()


def _claim(draft: ClaimDraft, stored: StoredArticle, now: datetime, background: bool) -> Claim:
    return Claim(
        id=0,  # the store gives it one
        show_id=draft.show_id,
        season=draft.season,
        kind=draft.kind,
        field=draft.field,
        value=draft.value,
        standing=draft.standing,
        evidence=draft.evidence,
        rule=draft.rule,
        heading=draft.heading,
        when=draft.when,
        article_id=stored.id,
        version=stored.version,
        source=stored.article.source,
        outlet=stored.article.outlet,
        family=stored.family,
        url=stored.article.url,
        seen_at=now,
        background=background,
        copy_of=stored.duplicate_of,
        said_at=stored.article.published if stored.version == 1 else stored.changed_at,
    )


def _published(items: list[dict[str, Any]]) -> datetime:
    """Older articles first, so that a copy meets its original."""
    times = [datetime.fromisoformat(item["published"]) for item in items if item.get("published")]
    return min((time if time.tzinfo else time.replace(tzinfo=UTC) for time in times), default=_LAST)


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
