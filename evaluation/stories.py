"""Stories, copies and histories of a labelled corpus, by really ingesting its items into a store of their own.

Twice: as they are read, and with the labels given (show, season, kinds, claims). The second run shows what is left to
mend in stories and ledger alone.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.items import Article, to_json
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.shows import ShowIndex
from worker.ingest.when import find_when, parse_when
from worker.models import Change, ClaimDraft, Field, Kind, Labels, Show, ShowMatch, Standing, Update
from worker.store import Store, Tx, open_store
from worker.store.articles import ArticleRow, StoredArticle

Items = Sequence[Mapping[str, Any]]
_CHANGES = {
    Change.CONFIRMED: "confirmed",
    Change.MOVED: "moved",
    Change.DENIED: "denied",
    Change.CONTRADICTED: "contradicted",
}
_WORST = 10
_MANY = "(multiple)"
_SAME_WORD = timedelta(days=3)  # so long outlets tell the same word
_LEADS = {
    Kind.RENEWAL: Field.STATUS,
    Kind.CANCELLATION: Field.STATUS,
    Kind.RELEASE_DATE: Field.RELEASE,
    Kind.CASTING: Field.CAST,
    Kind.PRODUCTION: Field.PRODUCTION,
    Kind.SPINOFF: Field.SPINOFF,
    Kind.TRAILER: Field.TRAILER,
}


class OutletShelf(Shelf):
    """The corpora were labelled by their wording alone, as the pages of known outlets."""

    def tier(self, name: str) -> str:
        """Every source is an outlet."""
        return "outlet"


class GivenShelf(OutletShelf):
    """A shelf that reads the labels instead of the texts."""

    def __init__(self, labelled: Mapping[str, Mapping[str, Any]], statuses: Any) -> None:
        super().__init__({})
        self.labelled, self.statuses = labelled, statuses

    def match(self, article: Article, index: ShowIndex) -> list[ShowMatch]:
        """The show of the label."""
        name = self.labelled[article.url]["show"]
        show = index.find(name) if name and name != _MANY else None
        return [ShowMatch(show.id, show.name, show.name, "title", "label")] if show else []

    def parents(self, stored: StoredArticle, matches: Sequence[ShowMatch], tx: Tx) -> list[int]:
        """The other shows of the label."""
        names = self.labelled[stored.article.url].get("alt_shows") or ()
        found = [show.id for name in names if (show := self.index(tx).find(name))]
        return [show_id for show_id in dict.fromkeys(found) if show_id not in {match.show_id for match in matches}]

    def read(self, stored: StoredArticle, matches: Sequence[ShowMatch]) -> tuple[Labels, list[ClaimDraft]]:
        """The labels, and the claims with their values in our words."""
        item = self.labelled[stored.article.url]
        standing = Standing(item["certainty"]) if item["certainty"] else None
        kinds = [item["primary_kind"], *item["kinds"]] if item["primary_kind"] else []
        labels = Labels(item["is_show_news"], tuple(dict.fromkeys(map(Kind, kinds))), standing, item["season"])
        return labels, [draft for match in matches[:1] for draft in self._drafts(item, match)]

    def _drafts(self, item: Mapping[str, Any], match: ShowMatch) -> Iterator[ClaimDraft]:
        for claim in item["claims"]:
            for field, kind, value in _in_our_words(
                claim["field"], claim["value"], self.statuses, item["primary_kind"]
            ):
                when = parse_when(value) if field is Field.RELEASE else None
                if field is Field.PRODUCTION:
                    when = find_when(claim["value"], None, "en")
                if field is Field.RELEASE and when is None:
                    continue
                standing, sentence = Standing(claim["certainty"]), claim["sentence"]
                if field is Field.STATUS and standing is Standing.OFFICIAL and re.search(_HEDGED, claim["value"]):
                    standing = Standing.SPECULATION  # a hedged word is a guess, whoever says it
                season = item["season"]
                yield ClaimDraft(match.show_id, season, kind, field, value, standing, sentence, "label", when=when)


_MAKING = {
    "delayed": r"delay|hold|push|postpone|strike",
    "wrapped": r"wrap|finish|complet",
    "started": r"film|shoot|start|begun|under way|taping|촬영|rodaje",
    "writing": r"writ|script",
}
_UNDECIDED = (
    r"not yet (?:ordered|decided)|no decision|undecided|still missing|non ancora|sin decidir|미정|결정 없음|언급"
)
_HEDGED = r"\b(?:probably|perhaps|may|might|likely|hope\w*)\b"
_NOTHING_SAID = r"never discussed"
_DROPPED = r"shelved|no longer|off the table|scrapped|dropped|abandoned"
_LEAVING = r"\b(?:exit|out|leav|quit|fired|axed|swept|dispute)"
_BESIDE_NAMES = r" (?:as|exits|leav|out|has|in|return|to) .*|\(.*|\bincl\. "
_NAME = re.compile(r"(?:[A-Z][^\s,]*)(?: [A-Z][^\s,]*)*(?= [a-z])")  # what follows it is no part of it
_END = r"cancel|axe|폐지|acab|final|not over|decis|deciso"
_STATUS_WORDS = {  # what the scorer leaves open: guesses, and other languages; the first that fits
    "denied": r"unlikely|^no talk|not (?!de)|no plan|nicht|negado|no se renov|아님|부인|계획 없음",
    "in-talks": r"talk|near|deal|in the works|bidding|논의|acuerdo|미정",
    "ending": r"final con|última temporada|temporada corta|good time to end|로 종료",
    "cancelled": r"cancel|폐지|rested|staff without|in doubt|\bover\b",
    "renewed": r"likely|possib|probabl|posible|hope|planned|special|season|confirmad|aprovada|anunciad|regreso"
    r"|continuar|nueva edici|확정|추진|제작|기획|계속|revived|guessed|development",
}


def _statuses(value: str, known: str, kind: str) -> list[str]:
    """The statuses that a labelled value tells; a renewal for the last time is both."""
    if "rested" in value:
        return ["cancelled"]
    if re.search(_NOTHING_SAID, value):
        return []
    if re.search(_UNDECIDED, value):
        return ["in-talks"]
    if known == "unknown" or re.search("^no talk|negado", value):
        return [status for status, words in _STATUS_WORDS.items() if re.search(words, value)][:1]
    both = known == "ending" and (kind == Kind.RENEWAL or re.search(r"renew|order|return", value))
    return ["renewed", "ending"] if both else [known]


def _in_our_words(field: str, value: str, statuses: Any, primary: str) -> Iterator[tuple[Field, Kind, str]]:
    """A labelled value as our readers would give it; `primary` is the kind of its item."""
    if field == "status":
        for status in _statuses(value, statuses(value), primary):
            about_end = status in ("cancelled", "ending") or (status == "denied" and re.search(_END, value))
            yield Field.STATUS, Kind.CANCELLATION if about_end else Kind.RENEWAL, status
    elif field == "release":
        yield Field.RELEASE, Kind.RELEASE_DATE, re.sub(r" \(.*", "", value)
    elif field == "cast":
        yield from _people(value)
    elif field == "production":
        found = next((name for name, rule in _MAKING.items() if re.search(rule, value)), value)
        yield Field.PRODUCTION, Kind.PRODUCTION, found
    elif field == "spinoff" and re.search(_DROPPED, value):
        yield Field.SPINOFF, Kind.SPINOFF, "shelved"
    elif field in ("spinoff", "trailer"):
        named = field == "trailer" or any(word[:1].isupper() for word in value.split()[:1])
        yield Field(field), Kind(field), value if named else "announced"


def _people(value: str) -> Iterator[tuple[Field, Kind, str]]:
    """Who joins, leaves or returns."""
    if replaced := re.match(r"(.+) replaces (.+)", value):
        yield from _people(replaced[1])
        yield from _people(f"{replaced[2]} leaves")
        return
    how = "leaves" if re.search(_LEAVING, value) else "returns" if "return" in value else "joins"
    for name in re.split(r", | and ", re.sub(_BESIDE_NAMES, "", value)):
        alone = _NAME.match(name)
        yield Field.CAST, Kind.CASTING, f"{how}: {alone[0] if alone else name}"


def unknown(items: Items, shows: Sequence[Show]) -> list[str]:
    """The labelled shows that a registry does not name."""
    index = ShowIndex([Show(n, show.name, str(n), show.aliases) for n, show in enumerate(shows, start=1)])
    names = dict.fromkeys(item["show"] for item in items if item["show"] and item["show"] != _MANY)
    return [name for name in names if index.find(name) is None]


def ingest(store: Store, shelf: Shelf, items: Items, articles: Sequence[Article], shows: Sequence[Show]) -> None:
    """Takes the items in, one by one, each at its day; sagas in the order in which they are listed."""
    pairs = list(zip(items, articles, strict=True))
    if not any(item.get("history") for item in items):
        pairs.sort(key=lambda pair: (pair[1].published is None, pair[1].published or _START))
    now = _START
    with store.begin() as tx:
        for show in shows:
            tx.shows.add(show.name, aliases=show.aliases, now=now)
    for _, article in pairs:
        now = max(now, article.published or now) + timedelta(seconds=1)
        at = article.published + timedelta(hours=1) if article.published else now
        with store.begin() as tx:
            ids = tx.sources.receive([[to_json(article)]], at)
        ingest_inbox(store, ids, shelf, at)


_START = datetime(2000, 1, 1, tzinfo=UTC)


def _rows(tx: Tx) -> dict[str, ArticleRow]:
    return {row.stored.article.url: row for row in tx.articles.rows()}


def said(store: Store, articles: Sequence[Article], ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the store says of each item: the number of its story with the reason, what it copies, what it changed."""
    with store.begin() as tx:
        rows = _rows(tx)
        shows = [show.id for show in tx.shows.all()]
        updates = tx.stories.updates(shows, _START, datetime.max.replace(tzinfo=UTC))
        claims = {row.claim.id: row.claim.article_id for row in tx.stories.claims()}
    made = defaultdict(list)
    for update in updates:
        made[claims[update.claim_id]].append(update)
    by_url = {article.url: item_id for article, item_id in zip(articles, ids, strict=True)}
    found = {}
    for article, item_id in zip(articles, ids, strict=True):
        row = rows[article.url]
        primary = row.stored.labels.primary
        lead = _LEADS.get(primary) if primary else None
        changes = sorted(made[row.stored.id], key=lambda one: (one.field is lead, one.importance), reverse=True)
        found[item_id] = {
            "story": str(row.story),
            "duplicate_of": by_url.get(row.duplicate_url or ""),
            "changes": _turn(changes, lead, updates),
            "own": _turn(changes, lead, ()),
            "why": row.story_reason,
            "moves": [f"{u.change} {u.field} {u.value} ({u.reason})" for u in changes],
        }
    return found


def _turn(made: Sequence[Update], lead: Field | None, updates: Sequence[Update]) -> str:
    """What an article changed in the field that its news is about; where nothing turned there, in any.

    What another outlet had told some days before, no rumour, is the same word, and changed the same.
    """
    leading = [update for update in made if update.field is lead]
    for update in leading:
        if turn := update.change if update.change in _CHANGES else _shared(update, updates):
            return _CHANGES[turn]
    return next((_CHANGES[update.change] for update in made if update.change in _CHANGES), "none")


def _shared(update: Update, updates: Sequence[Update]) -> Change | None:
    """The change that the same word had made when it was told first, some days ago."""
    firm = update.standing in (Standing.OFFICIAL, Standing.REPORTED)
    if update.change is not Change.CORROBORATED or not firm:
        return None
    before = (
        one.change
        for one in updates
        if one.story_id == update.story_id and one.id < update.id and update.at - one.at <= _SAME_WORD
    )
    return next((change for change in before if change in _CHANGES), None)


def run(shelf: Shelf, items: Items, articles: Sequence[Article], shows: Sequence[Show]) -> dict[str, dict[str, Any]]:
    """Ingests a corpus into a store of its own, and says what became of each item."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'stories.db'}")
        try:
            ingest(store, shelf, items, articles, shows)
            return said(store, articles, [item["id"] for item in items])
        finally:
            store.close()


def histories(items: Items, found: Mapping[str, Mapping[str, Any]]) -> tuple[int, int, int, list[str]]:
    """How many later items of sagas change the ledger as labelled, how many by their own updates; of how many.

    And those that do not. An item that tells the word of another outlet over again makes no change of its own.
    """
    later = [item for item in items if item.get("changes")]
    wrong = [item for item in later if found[item["id"]]["changes"] != item["changes"]]
    lines = [
        f"{item['id']} {item['history']}: {found[item['id']]['changes']}, not {item['changes']}: "
        f"{item['title']} | {'; '.join(found[item['id']]['moves']) or 'nothing moved'}"
        for item in wrong
    ]
    own = sum(found[item["id"]]["own"] == item["changes"] for item in later)
    return len(later) - len(wrong), own, len(later), lines


def worst(items: Items, found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The stories with the most pairs of items wrongly joined or parted, each with its items and why."""
    gold = {item["id"]: item["story_id"] for item in items}
    wrong: Counter[str] = Counter()
    for number, one in enumerate(items):
        for other in items[:number]:
            told = found[one["id"]]["story"] == found[other["id"]]["story"]
            if told != (gold[one["id"]] == gold[other["id"]]):
                wrong.update({gold[one["id"]], gold[other["id"]]})
    return [line for story, count in wrong.most_common(_WORST) for line in _story(story, count, items, found)]


def _story(story: str, count: int, items: Items, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"{story}: {count} pairs wrong"
    numbers = {found[item["id"]]["story"] for item in items if item["story_id"] == story}
    for item in items:
        told = found[item["id"]]
        if item["story_id"] == story or told["story"] in numbers:
            mark = " " if item["story_id"] == story else "!"
            yield f"  {mark} {told['story']:>4} {item['id']} {item['published']} {item['title'][:60]} | {told['why']}"


def report(name: str, items: Items, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Prints the histories and the worst stories."""
    right, own, total, lines = histories(items, found)
    if total:
        sys.stdout.write(f"histories.changes.accuracy: {right / total:.3f} ({right} of {total}), {name}\n")
        sys.stdout.write(f"histories.changes.own.accuracy: {own / total:.3f} ({own} of {total}), {name}\n")
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
    sys.stdout.write(f"worst stories, {name}:\n" + "".join(f"{line}\n" for line in worst(items, found)))
