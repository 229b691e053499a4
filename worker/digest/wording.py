"""Our words for what changed, in the reader's language. A rumour is never stated as a fact, and nothing here spoils a
plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from worker.mail.phrases import Phrases
from worker.models import Change, ClaimState, Field, Kind, Standing, Story, Update

_NAMED = frozenset({Field.STATUS, Field.PRODUCTION, Field.SPINOFF})  # their values are words of ours, or titles


def headline(update: Update, say: Phrases, *, inside: bool = False) -> str:
    """What changed, in a few words: "Season 2 is renewed", "Season 2 is rumoured to be renewed".

    `inside`: it stands within a line, after the show's name.
    """
    what = season(update.season, say, inside=inside)
    if update.change is Change.DENIED:
        said = _denied(update, what, say)
        return _lowered(said) if inside else said
    if update.change is Change.EXPIRED:
        return say("headline.expired", told=told(update, say))
    form, name = _form(update)
    key = f"headline.{update.field}.{form}"
    key = key if say.has(f"{key}.official") else f"headline.{update.field}.other"
    value = name or value_in(update.field, update.value, say)
    value = value if inside else _capital(value, update.field)
    known = {"what": what, "value": value, "name": name, "inside": season(update.season, say, inside=True)}
    if update.standing is Standing.OFFICIAL:
        said = say(f"{key}.official", **known)
    else:
        words = {"hedge": say(f"hedge.{update.standing}"), "hedge_for": say(f"hedge_for.{update.standing}")}
        said = say(f"{key}.said", **known, **words)
    return _lowered(said) if inside and not said.startswith((value, what)) else said


def _form(update: Update) -> tuple[str, str]:
    """Which phrase says it, and the name in it."""
    if update.field is Field.CAST:
        how, _, name = update.value.partition(": ")
        return (how, name) if name else ("other", "")
    if update.field is Field.RELEASE:
        return "moved" if update.change is Change.MOVED else "other", ""
    return update.value, ""


def _capital(value: str, field: Field) -> str:
    return value[:1].upper() + value[1:] if field is Field.TRAILER else value


def _lowered(said: str) -> str:
    """A phrase of ours within a line."""
    return said[:1].lower() + said[1:]


def _denied(update: Update, what: str, say: Phrases) -> str:
    """ "Not cancelled, the makers say"; for what is no status: "Denied: autumn 2027"."""
    form = "official" if update.standing is Standing.OFFICIAL else "said"
    if update.value == "in-talks" and say.has(f"headline.denied.undecided.{form}"):
        return say(f"headline.denied.undecided.{form}", what=what)
    # who denies an end of which nothing was known denies that it is cancelled
    unknown = update.was_value is None and update.kind is Kind.CANCELLATION
    before = "cancelled" if unknown else update.was_value
    was = value_in(update.field, before or update.value, say)
    if update.field is Field.STATUS and before in ("renewed", "cancelled", "ending"):
        return say(f"headline.denied.{'status' if update.season else 'show_status'}.{form}", what=what, was=was)
    return say(f"headline.denied.other.{form}", was=was)


def value_in(field: Field, value: str, say: Phrases) -> str:
    """A claim's value in the reader's language; names, titles and figures stay as they are."""
    if field is Field.RELEASE:
        return say.when(value)
    key = f"value.{field}.{value}"
    return say(key) if field in _NAMED and say.has(key) else value


def told(update: Update, say: Phrases) -> str:
    """What a reader had been told: "Season 2: cancelled (rumour)"."""
    standing = update.was_standing or update.standing
    value = value_in(update.field, update.was_value or update.value, say)
    return say(
        "headline.told", what=season(update.season, say), value=value, standing=say(f"standing.{standing}").lower()
    )


def sentence(
    update: Update,
    outlet: str,
    earlier: tuple[str, ...],
    since: datetime | None,
    say: Phrases,
    told_on: date | None = None,
) -> str:
    """A few plain sentences: who says it, how sure it is, what it was before, and when the reader was told that.

    `earlier` are the outlets that said it before this update, `since` is when it was first published.
    """
    before = _before(update, earlier, since, say)
    if update.change is Change.EXPIRED:
        return say("sentence.expired")
    if update.change is Change.DENIED:
        key = "denied_official" if update.standing is Standing.OFFICIAL else "denied"
        key = "undecided" if update.value == "in-talks" and say.has("sentence.undecided") else key
    elif update.change is Change.CONTRADICTED:
        key = "contradicted"
    else:
        is_new = update.standing is Standing.OFFICIAL and update.was_standing not in (None, Standing.OFFICIAL)
        now = "_now" if is_new else ""
        key = f"{update.standing}{now}"
    said = [say(f"sentence.{key}", outlet=outlet), before]
    said += [say("sentence.told", day=say.day(told_on))] if told_on else []
    return " ".join(part for part in said if part)


def _before(update: Update, earlier: tuple[str, ...], since: datetime | None, say: Phrases) -> str:
    if update.was_standing is None or since is None:
        return ""
    was = value_in(update.field, update.was_value or "", say)
    other = "" if update.was_value == update.value else "_other"
    by = "_by" if earlier else ""
    known = say(f"known.{update.was_standing}")
    return say(f"sentence.before{other}{by}", day=say.day(since), known=known, was=was, outlets=say.listed(earlier))


def status_line(stories: Sequence[Story], say: Phrases, least: Standing = Standing.REPORTED) -> str:
    """Where a show stands: "Season 2: renewed (official) · release early 2028 (official; was autumn 2027, rumour)".

    `least` is the standing below which nothing is told; a guess never is.
    """
    known = [story for story in stories if story.standing.rank >= max(least.rank, Standing.RUMOUR.rank)]
    open_ = [story for story in known if story.state is ClaimState.OPEN]
    seasons = sorted({story.season for story in open_}, key=lambda number: (number is None, number or 0))
    parts: list[str] = []
    for number in seasons[-2:]:
        facts = [_fact(known, number, field, say) for field in (Field.STATUS, Field.PRODUCTION, Field.RELEASE)]
        if said := [fact for fact in facts if fact]:
            parts.append(say("status_line.season", what=season(number, say), facts=" · ".join(said)))
    return "; ".join(parts)


def _fact(stories: Sequence[Story], number: int | None, field: Field, say: Phrases) -> str:
    here = [story for story in stories if story.season == number and story.field is field]
    standing = [story for story in here if story.state is ClaimState.OPEN]
    if not standing:
        return ""
    now = max(standing, key=lambda story: (story.standing.rank, story.last_seen))
    if all(story.value == "denied" for story in standing):
        value, moved = say("status_line.not", value=_last(here, say)), []
        now = standing[-1]
    elif (field is Field.PRODUCTION and not say.has(f"value.production.{now.value}")) or now.value == "crew":
        return ""
    else:
        value = value_in(field, now.value, say)
        value = say("status_line.release", value=value) if field is Field.RELEASE else value
        moved = [story for story in here if story.state is ClaimState.MOVED]
    sure = say(f"standing.{now.standing}").lower()
    if not moved:
        return say("status_line.fact", value=value, standing=sure)
    was, was_standing = value_in(field, moved[-1].value, say), say(f"standing.{moved[-1].standing}").lower()
    return say("status_line.fact_was", value=value, standing=sure, was=was, was_standing=was_standing)


def _last(stories: Sequence[Story], say: Phrases) -> str:
    """What was said before it was denied."""
    gone = [story for story in stories if story.state is ClaimState.DENIED]
    return value_in(gone[-1].field, gone[-1].value, say) if gone else say("status_line.changed")


def season(number: int | None, say: Phrases, *, inside: bool = False) -> str:
    """ "Season 2", or "The show" where no number was said."""
    place = "inside" if inside else "start"
    return say(f"season.{place}", number=number) if number else say(f"season.none_{place}")


def shorten(text: str, limit: int = 240) -> str:
    """Cut at a sentence or a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    for mark in (". ", "! ", "? "):
        if cut.rfind(mark) > limit // 2:
            return cut[: cut.rfind(mark) + 1]
    return cut.rsplit(" ", 1)[0].rstrip(",;:") + "…"
