"""What Watercooler reads and knows: sources with their health, shows, claims, articles with their threads."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from worker.forms import article_form, claim_form, full_article_form, listed_show, source_form
from worker.forms.shapes import ArticleForm, ClaimForm, FullArticleForm, ListedShow, SourceForm
from worker.models import ClaimState, Standing
from worker.web.api.answers import Answer, ProblemError
from worker.web.api.asked import Page, ShowName, Since, paged, show_of, since_of
from worker.web.api.operation import Call, NoQuery, Operation, Query


class Sources(Query):
    """Which sources."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=100, description="`next` of the page before.")


class SourcesPage(TypedDict):
    """A page of sources, by name."""

    items: list[SourceForm]
    next: str | None


class Shows(Page):
    """Which shows."""

    proposed: bool = Field(False, description="Only those that one publisher alone has named so far.")


class ShowsPage(TypedDict):
    """A page of shows."""

    items: list[ListedShow]
    next: int | None


class Claims(Page):
    """Which claims."""

    show: ShowName = ""
    state: ClaimState | None = None
    standing: Standing | None = None
    since: Since = ""


class ClaimsPage(TypedDict):
    """A page of claims, the newest first."""

    items: list[ClaimForm]
    next: int | None


class Articles(Page):
    """Which articles."""

    show: ShowName = ""
    source: str = Field("", max_length=100, description="A source's name.")
    since: Since = ""


class ArticlesPage(TypedDict):
    """A page of articles, the newest first."""

    items: list[ArticleForm]
    next: int | None


def list_sources(call: Call, asked: Sources) -> Answer:
    """By name; the history of each is its last crawls that brought something."""
    known = call.kit.services.sources
    names = sorted(name for name in known if name > asked.cursor)
    page = names[: asked.limit]
    with call.kit.store.begin() as tx:
        states, halts, history = tx.sources.states(page), tx.sources.halts(), tx.sources.history(page)
    items = [source_form(known[name], states.get(name), halts.get(name), history[name]) for name in page]
    return Answer({"items": items, "next": page[-1] if len(names) > len(page) else None})


def list_shows(call: Call, asked: Shows) -> Answer:
    """By number: the order in which they became known."""
    with call.kit.store.begin() as tx:
        rows = tx.shows.some(limit=asked.limit + 1, after=asked.cursor or 0, proposed=asked.proposed)
        waiting, seasons = tx.shows.proposed(), tx.shows.seasons()
    form = paged(rows, asked.limit, lambda show: listed_show(show, waiting, seasons), lambda show: show.id)
    return Answer(form)


def list_claims(call: Call, asked: Claims) -> Answer:
    """The newest first."""
    since = since_of(call, asked.since)
    with call.kit.store.begin() as tx:
        show = show_of(tx, call, asked.show)
        rows = tx.stories.some_claims(
            limit=asked.limit + 1,
            before=asked.cursor,
            show_id=show.id if show else None,
            state=asked.state,
            standing=asked.standing,
            since=since,
        )
    return Answer(paged(rows, asked.limit, claim_form, lambda row: row.claim.id))


def list_articles(call: Call, asked: Articles) -> Answer:
    """The newest first."""
    since = since_of(call, asked.since)
    with call.kit.store.begin() as tx:
        show = show_of(tx, call, asked.show)
        rows = tx.articles.some_rows(
            limit=asked.limit + 1,
            before=asked.cursor,
            source=asked.source or None,
            show_id=show.id if show else None,
            since=since,
        )
    return Answer(paged(rows, asked.limit, article_form, lambda row: row.stored.id))


def one_article(call: Call, asked: NoQuery) -> Answer:
    """The whole of it."""
    number = call.path["id"]
    with call.kit.store.begin() as tx:
        row = tx.articles.row(number)
        if row is None:
            raise ProblemError(404, f"there is no article {number}; see GET /api/v1/articles")
        return Answer(full_article_form(row, tx.articles.thread(number), tx.articles.versions(number)))


OPERATIONS = (
    Operation("GET", "/sources", "listSources", "Sources with their health", list_sources, Sources, SourcesPage),
    Operation("GET", "/shows", "listShows", "Shows with their other names", list_shows, Shows, ShowsPage),
    Operation("GET", "/claims", "listClaims", "Who said what, and how it stands now", list_claims, Claims, ClaimsPage),
    Operation("GET", "/articles", "listArticles", "What was read", list_articles, Articles, ArticlesPage),
    Operation(
        "GET",
        "/articles/{id}",
        "getArticle",
        "One article with its text, its whole thread and its versions",
        one_article,
        NoQuery,
        FullArticleForm,
    ),
)
