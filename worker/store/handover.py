"""Moving what is known of one show to another, when two turn out to be one or one turns out to be two."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, Table, delete, select, update

from worker.store import schema
from worker.store.base import slices


def merge(connection: Connection, kept: int, gone: int) -> None:
    """All that belongs to one show becomes another's; the show that is gone leaves the registry."""
    for table, other in ((schema.article_shows, "article_id"), (schema.follows, "subscriber_id")):
        _move_links(connection, table, other, kept, gone)
    _move_aliases(connection, kept, gone)
    stories = select(schema.stories.c.id).where(schema.stories.c.show_id == gone)
    _move_stories(connection, list(connection.execute(stories).scalars()), kept)
    _join_stories(connection, kept)
    connection.execute(update(schema.issues).where(schema.issues.c.show_id == gone).values(show_id=kept))
    connection.execute(delete(schema.shows).where(schema.shows.c.id == gone))


def hand_over(connection: Connection, articles: Sequence[int], old: int, new: int) -> int:
    """Stories of one show that only these articles tell become another's; gives how many.

    What they say in stories that others tell too is taken back: reading them again gives it to the right show.
    """
    claims = schema.claims
    rows = connection.execute(select(claims.c.story_id, claims.c.article_id).where(claims.c.show_id == old)).all()
    theirs = set(articles)
    told_elsewhere = {story for story, article in rows if article not in theirs}
    stories = sorted({story for story, _ in rows} - told_elsewhere)
    _move_stories(connection, stories, new)
    _take_back(connection, sorted(theirs), old)
    return len(stories)


def _take_back(connection: Connection, articles: Sequence[int], show_id: int) -> None:
    claims, stories = schema.claims, schema.stories
    touched: set[int] = set()
    for part in slices(articles):
        mine = (claims.c.show_id == show_id) & claims.c.article_id.in_(part)
        touched |= set(connection.execute(select(claims.c.story_id).where(mine)).scalars())
        connection.execute(delete(claims).where(mine))
    for story_id in touched:
        told = select(claims.c.family).where(claims.c.story_id == story_id, claims.c.copy_of.is_(None))
        families = list(dict.fromkeys(connection.execute(told.order_by(claims.c.id)).scalars()))
        connection.execute(update(stories).where(stories.c.id == story_id).values(families=families))


def _move_links(connection: Connection, table: Table, other: str, kept: int, gone: int) -> None:
    """Rows that tie a show to something; where both shows are tied to it, the kept one's row stays."""
    both = select(table.c[other]).where(table.c.show_id == kept).scalar_subquery()
    connection.execute(delete(table).where(table.c.show_id == gone, table.c[other].in_(both)))
    connection.execute(update(table).where(table.c.show_id == gone).values(show_id=kept))


def _move_aliases(connection: Connection, kept: int, gone: int) -> None:
    _move_links(connection, schema.aliases, "alias", kept, gone)


def _move_stories(connection: Connection, stories: Sequence[int], show_id: int) -> None:
    """Stories with their claims and updates."""
    for part in slices(stories):
        connection.execute(update(schema.stories).where(schema.stories.c.id.in_(part)).values(show_id=show_id))
        connection.execute(update(schema.updates).where(schema.updates.c.story_id.in_(part)).values(show_id=show_id))
        claims = schema.claims
        rows = connection.execute(select(claims.c.id, claims.c.key).where(claims.c.story_id.in_(part))).all()
        for claim_id, key in rows:
            _move_claim(connection, claim_id, _key_of(key, show_id), show_id)


def _key_of(key: str, show_id: int) -> str:
    """A claim's key names its article first and its show second."""
    article, _, rest = key.split("|", 2)
    return f"{article}|{show_id}|{rest}"


def _move_claim(connection: Connection, claim_id: int, key: str, show_id: int) -> None:
    """A claim under its new key; where the other show has this claim of this article already, it goes."""
    table = schema.claims
    if connection.execute(select(table.c.id).where(table.c.key == key, table.c.id != claim_id)).first():
        connection.execute(delete(table).where(table.c.id == claim_id))
    else:
        connection.execute(update(table).where(table.c.id == claim_id).values(show_id=show_id, key=key))


def _join_stories(connection: Connection, show_id: int) -> None:
    """Stories that state the same fact become one: the one that was first."""
    table = schema.stories
    rows = connection.execute(select(table).where(table.c.show_id == show_id).order_by(table.c.first_seen, table.c.id))
    first: dict[tuple[object, ...], RowMapping] = {}
    for row in rows.mappings().all():
        same = first.setdefault((row["season"], row["field"], row["value"].casefold(), row["state"]), row)
        if same is not row:
            _join(connection, same, row)


def _join(connection: Connection, kept: RowMapping, gone: RowMapping) -> None:
    table = schema.stories
    now = connection.execute(select(table).where(table.c.id == kept["id"])).mappings().one()
    families = list(dict.fromkeys((*now["families"], *gone["families"])))
    seen = max(now["last_seen"], gone["last_seen"])
    connection.execute(update(table).where(table.c.id == kept["id"]).values(families=families, last_seen=seen))
    for other in (schema.claims, schema.updates):
        connection.execute(update(other).where(other.c.story_id == gone["id"]).values(story_id=kept["id"]))
    connection.execute(delete(table).where(table.c.id == gone["id"]))
