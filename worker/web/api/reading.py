"""What Watercooler reads and knows: sources with their health, shows, claims, articles with their threads."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field
from typing_extensions import TypedDict

from worker.errors import NotFoundError
from worker.forms import (
    article_form,
    claim_form,
    full_article_form,
    ledger_form,
    listed_show,
    source_form,
    turn_form,
    why_form,
)
from worker.forms.shapes import (
    ArticleForm,
    ClaimForm,
    FullArticleForm,
    FullShow,
    ListedShow,
    SourceForm,
    TurnForm,
    WhyForm,
)
from worker.ingest.corrections import fitting
from worker.models import ClaimState, Standing
from worker.store import Tx
from worker.web.api.answers import Answer
from worker.web.api.asked import (
    EARLIEST,
    LATEST,
    Page,
    PageOf,
    Part,
    ShowName,
    Since,
    paged,
    show_by_key,
    show_of,
    since_of,
)
from worker.web.api.operation import Call, NoQuery, Operation


class Sources(Part):
    """Which sources."""

    cursor: str = Field("", max_length=100, description="`next` of the page before.")


class SourcesPage(TypedDict):
    """A page of sources, by name."""

    items: list[SourceForm]
    next: str | None


class Shows(Page):
    """Which shows."""

    proposed: bool = Field(False, description="Only those that one publisher alone has named so far.")


class Claims(Page):
    """Which claims."""

    show: ShowName = ""
    state: ClaimState | None = None
    standing: Standing | None = None
    since: Since = ""


class Articles(Page):
    """Which articles."""

    show: ShowName = ""
    source: str = Field("", max_length=100, pattern=r"^[^\x00]*$", description="A source's name.")
    since: Since = ""


def list_sources(call: Call, asked: Sources) -> Answer:
    """By name; the history of each is its last crawls that brought something."""
    names = [name for name in sorted(call.kit.services.sources) if name > asked.cursor][: asked.wanted]
    forms = _sources(call, names)
    return Answer(paged(asked, names, lambda name: forms[name], str))


def one_source(call: Call, asked: NoQuery) -> Answer:
    """As in the list."""
    name = call.path["name"]
    if name not in call.kit.services.sources:
        raise NotFoundError(f"there is no source {name!r}; see GET /api/v1/sources")
    return Answer(_sources(call, [name])[name])


def _sources(call: Call, names: list[str]) -> dict[str, SourceForm]:
    with call.kit.store.begin() as tx:
        states, halts, history = tx.sources.states(names), tx.sources.halts(), tx.sources.history(names)
    known = call.kit.services.sources
    return {name: source_form(known[name], states.get(name), halts.get(name), history[name]) for name in names}


def list_shows(call: Call, asked: Shows) -> Answer:
    """By number: the order in which they became known."""
    with call.kit.store.begin() as tx:
        rows = tx.shows.some(limit=asked.wanted, after=asked.cursor or 0, proposed=asked.proposed)
        waiting, seasons = tx.shows.proposed(), tx.shows.seasons()
    url = call.kit.settings.public_url
    return Answer(paged(asked, rows, lambda show: listed_show(show, waiting, seasons, url), lambda show: show.id))


def one_show(call: Call, asked: NoQuery) -> Answer:
    """With its ledger, by season and field."""
    with call.kit.store.begin() as tx:
        show = show_by_key(tx, call)
        listed = listed_show(show, tx.shows.proposed(), tx.shows.seasons(), call.kit.settings.public_url)
        form: FullShow = {**listed, "ledger": ledger_form(show, tx.stories.ledger(show.id))}
    return Answer(form)


def list_turns(call: Call, asked: Page) -> Answer:
    """The newest first."""
    with call.kit.store.begin() as tx:
        show = show_by_key(tx, call)
        turns = sorted(tx.stories.updates([show.id], EARLIEST, LATEST), key=lambda turn: -turn.id)
        turns = [turn for turn in turns if asked.cursor is None or turn.id < asked.cursor][: asked.wanted]
        rows = {row.claim.id: row for row in tx.stories.claims_about(turns).get(show.id, ())}
    return Answer(
        paged(asked, turns, lambda turn: turn_form(show, turn, rows.get(turn.claim_id)), lambda turn: turn.id)
    )


def list_claims(call: Call, asked: Claims) -> Answer:
    """The newest first."""
    since = since_of(call, asked.since)
    with call.kit.store.begin() as tx:
        show = show_of(tx, call, asked.show)
        rows = tx.stories.some_claims(
            limit=asked.wanted,
            before=asked.cursor,
            show_id=show.id if show else None,
            state=asked.state,
            standing=asked.standing,
            since=since,
        )
    return Answer(paged(asked, rows, claim_form, lambda row: row.claim.id))


def one_claim(call: Call, asked: NoQuery) -> Answer:
    """Why it is what it is: who else says so, and what was put right by hand."""
    number = call.path["id"]
    with call.kit.store.begin() as tx:
        same = tx.stories.claims(story_ids=[_story_of(tx, number)])
        row = next(row for row in same if row.claim.id == number)
        stored = tx.articles.by_id(row.claim.article_id)
        return Answer(why_form(row, same, fitting(tx, stored.article) if stored else []))


def _story_of(tx: Tx, number: int) -> int:
    """The story of a claim. Raises NotFoundError, with the correction that took the claim back."""
    found = tx.corrections.story_of(number)
    if found is None:
        taker = next((one for one in tx.corrections.all() if number in one.withdrawn), None)
        hint = f"correction {taker.id} took it back ({taker})" if taker else "see GET /api/v1/claims"
        raise NotFoundError(f"there is no claim {number}; {hint}")
    return found


def list_articles(call: Call, asked: Articles) -> Answer:
    """The newest first."""
    since = since_of(call, asked.since)
    with call.kit.store.begin() as tx:
        show = show_of(tx, call, asked.show)
        rows = tx.articles.some_rows(
            limit=asked.wanted,
            before=asked.cursor,
            source=asked.source or None,
            show_id=show.id if show else None,
            since=since,
        )
    return Answer(paged(asked, rows, article_form, lambda row: row.stored.id))


def one_article(call: Call, asked: NoQuery) -> Answer:
    """The whole of it. Anybody who asks gets no names of viewers where digests have none."""
    number = call.path["id"]
    with call.kit.store.begin() as tx:
        row = tx.articles.row(number)
        if row is None:
            raise NotFoundError(f"there is no article {number}; see GET /api/v1/articles")
        form = full_article_form(row, tx.articles.thread(number), tx.articles.versions(number))
    if not call.who and not call.kit.settings.quoting.authors:
        form["comments"] = [replace(comment, author=None) for comment in form["comments"]]
    return Answer(form)


OPERATIONS = (
    Operation(
        "GET",
        "/sources",
        "listSources",
        "Sources with their health",
        list_sources,
        Sources,
        SourcesPage,
        public=True,
        links={"getSource": "/items/0/name"},
    ),
    Operation(
        "GET",
        "/sources/{name}",
        "getSource",
        "One source with its health and its last crawls",
        one_source,
        NoQuery,
        SourceForm,
        public=True,
    ),
    Operation(
        "GET",
        "/shows",
        "listShows",
        "Shows with their other names",
        list_shows,
        Shows,
        PageOf[ListedShow],
        public=True,
        links={"getShow": "/items/0/key", "listTurns": "/items/0/key"},
    ),
    Operation("GET", "/shows/{key}", "getShow", "One show with its ledger", one_show, NoQuery, FullShow, public=True),
    Operation(
        "GET",
        "/shows/{key}/timeline",
        "listTurns",
        "What changed in a show's ledger, and by which claim",
        list_turns,
        Page,
        PageOf[TurnForm],
        public=True,
    ),
    Operation(
        "GET",
        "/claims",
        "listClaims",
        "Who said what, and how it stands now",
        list_claims,
        Claims,
        PageOf[ClaimForm],
        public=True,
        links={"getClaim": "/items/0/id"},
    ),
    Operation(
        "GET",
        "/claims/{id}",
        "getClaim",
        "One claim, who else says so, and what was put right by hand",
        one_claim,
        NoQuery,
        WhyForm,
        public=True,
    ),
    Operation(
        "GET",
        "/articles",
        "listArticles",
        "What was read",
        list_articles,
        Articles,
        PageOf[ArticleForm],
        public=True,
        links={"getArticle": "/items/0/id"},
    ),
    Operation(
        "GET",
        "/articles/{id}",
        "getArticle",
        "One article with its text, its whole thread and its versions",
        one_article,
        NoQuery,
        FullArticleForm,
        public=True,
    ),
)
