"""Our words for what changed. A rumour is never stated as a fact, and nothing here spoils a plot."""

from __future__ import annotations

from datetime import date, datetime

from worker.models import Change, ClaimState, Field, Standing, Story, Update

NAMES = {
    Field.STATUS: "Status",
    Field.RELEASE: "Release",
    Field.CAST: "Cast",
    Field.PRODUCTION: "Production",
    Field.TRAILER: "Trailer",
    Field.SPINOFF: "Spin-off",
    Field.PLOT: "Plot",
    Field.RATINGS: "Ratings",
    Field.EPISODES: "Episodes",
}

# what is known for sure, and the same as something that is only said
_STATUS = {
    "renewed": ("is renewed", "be renewed"),
    "cancelled": ("is cancelled", "be cancelled"),
    "ending": ("is coming to its end", "be the last"),
    "in-talks": ("is in talks", "be in talks"),
    "denied": ("rumour is denied", "be untrue"),
}
_STANDS = {
    "started": "filming has started",
    "wrapped": "filming is done",
    "delayed": "production is delayed",
    "writing": "being written",
    "ordered": "ordered",
}
_PRODUCTION = {
    "started": ("has started filming", "have started filming"),
    "wrapped": ("has wrapped", "have wrapped"),
    "delayed": ("is delayed", "be delayed"),
    "writing": ("is being written", "be in writing"),
    "ordered": ("is ordered", "be ordered"),
    "crew": ("has news of its makers", "have news of its makers"),
}
_CAST = {"joins": ("joins the cast", "join the cast"), "leaves": ("leaves", "leave"), "returns": ("returns", "return")}
_SAID = {Standing.REPORTED: "is reported to", Standing.RUMOUR: "is rumoured to", Standing.SPECULATION: "may"}
_FOR = {Standing.REPORTED: "reported for", Standing.RUMOUR: "rumoured for", Standing.SPECULATION: "perhaps"}


def headline(update: Update) -> str:
    """What changed, in a few words: "Season 2 is renewed", "Season 2 is rumoured to be renewed"."""
    what = season(update.season)
    if update.change is Change.DENIED:
        return _denied(update)
    if update.change is Change.EXPIRED:
        return f"{_told(update)}: the date has passed"
    if update.field is Field.RELEASE:
        if update.change is Change.MOVED:
            verb = "moves to" if update.standing is Standing.OFFICIAL else f"is now {_FOR[update.standing]}"
            return f"{what} {verb} {update.value}"
        if update.standing is Standing.OFFICIAL:
            return f"{what} is due {update.value}"
        return f"{what} is {_FOR[update.standing]} {update.value}"
    return _statement(update.field, update.value, update.standing, what)


def _statement(field: Field, value: str, standing: Standing, what: str) -> str:
    if field is Field.CAST and ": " in value:
        how, name = value.split(": ", 1)
        return _sure(name, _CAST.get(how, (how, how)), standing)
    if field is Field.STATUS:
        return _sure(what, _STATUS.get(value, (f"is {value}", f"be {value}")), standing)
    if field is Field.PRODUCTION:
        return _sure(what, _PRODUCTION.get(value, (f"is {value}", f"be {value}")), standing)
    if field is Field.TRAILER:
        return (
            f"{value.capitalize()} is out"
            if standing is Standing.OFFICIAL
            else f"{value.capitalize()} is said to be out"
        )
    if field is Field.EPISODES:
        return _sure(what, (f"has {value} episodes", f"have {value} episodes"), standing)
    if field is Field.SPINOFF:
        title = "A spin-off" if value == "announced" else f"Spin-off {value}"
        return _sure(title, ("is announced", "be coming"), standing)
    return "News about the plot" if field is Field.PLOT else "Figures and prizes"


def _sure(what: str, forms: tuple[str, str], standing: Standing) -> str:
    return f"{what} {forms[0]}" if standing is Standing.OFFICIAL else f"{what} {_SAID[standing]} {forms[1]}"


def _denied(update: Update) -> str:
    """ "Not cancelled, the makers say"; for what is no status: "Denied: autumn 2027"."""
    by = "the makers say" if update.standing is Standing.OFFICIAL else "it is said"
    prefix = f"{season(update.season)} is not" if update.season else "Not"
    if update.field is Field.STATUS and update.was_value in ("renewed", "cancelled", "ending"):
        return f"{prefix} {update.was_value}, {by}"
    return f"Denied: {update.was_value or update.value}"


def _told(update: Update) -> str:
    """What a reader had been told: "Cancelled (rumour)"."""
    value = update.was_value or update.value
    standing = update.was_standing or update.standing
    prefix = f"{season(update.season)} " if update.season else ""
    text = f"{prefix}{value} ({standing})"
    return text[:1].upper() + text[1:]


def sentence(update: Update, outlet: str, earlier: tuple[str, ...], since: datetime | None) -> str:
    """One or two plain sentences: who says it, how sure it is, and what it was before.

    `earlier` are the outlets that said it before this update, `since` is when it was first published.
    """
    before = _before(update, earlier, since)
    if update.change is Change.EXPIRED:
        return f"Nobody confirmed it: {update.reason}."
    if update.change is Change.DENIED:
        who = "The makers deny it" if update.standing is Standing.OFFICIAL else "It is denied"
        return f"{who}, {outlet} writes.{before}"
    if update.change is Change.CONTRADICTED:
        return f"{outlet} says the opposite of what stood.{before}"
    who = {
        Standing.OFFICIAL: f"Official now, {outlet} writes." if before else f"It is official, {outlet} writes.",
        Standing.REPORTED: f"{outlet} reports it; the makers have not confirmed.",
        Standing.RUMOUR: f"{outlet} has it from somebody unnamed; nothing is confirmed.",
        Standing.SPECULATION: f"{outlet} thinks so; nobody has said it.",
    }[update.standing]
    return f"{who}{before}"


def _before(update: Update, earlier: tuple[str, ...], since: datetime | None) -> str:
    if update.was_standing is None or since is None:
        return ""
    by = f" by {_and(earlier)}" if earlier else ""
    what = "" if update.was_value == update.value else f": {update.was_value}"
    return f" Since {day(since)} it had been {_KNOWN[update.was_standing]}{by}{what}."


_KNOWN = {
    Standing.OFFICIAL: "official",
    Standing.REPORTED: "a report",
    Standing.RUMOUR: "a rumour",
    Standing.SPECULATION: "a guess",
}


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def status_line(stories: list[Story]) -> str:
    """Where a show stands: "Season 2: renewed (official) · release early 2028 (official; was autumn 2027, rumour)"."""
    parts: list[str] = []
    open_ = [
        story for story in stories if story.state is ClaimState.OPEN and story.standing is not Standing.SPECULATION
    ]
    seasons = sorted({story.season for story in open_}, key=lambda number: (number is None, number or 0))
    for number in seasons[-2:]:
        facts = [_fact(stories, number, field) for field in (Field.STATUS, Field.PRODUCTION, Field.RELEASE)]
        if said := [fact for fact in facts if fact]:
            parts.append(f"{season(number)}: {' · '.join(said)}")
    return "; ".join(parts)


def _fact(stories: list[Story], number: int | None, field: Field) -> str:
    here = [story for story in stories if story.season == number and story.field is field]
    standing = [s for s in here if s.state is ClaimState.OPEN and s.standing is not Standing.SPECULATION]
    if not standing:
        return ""
    if all(story.value == "denied" for story in standing):
        return f"not {_last(here)} ({standing[-1].standing})"
    now = max(standing, key=lambda story: (story.standing.rank, story.last_seen))
    value = _STANDS.get(now.value, "") if field is Field.PRODUCTION else now.value
    gone = [story for story in here if story.state is ClaimState.MOVED]
    was = f"; was {gone[-1].value}, {gone[-1].standing}" if gone else ""
    name = "release " if field is Field.RELEASE else ""
    return f"{name}{value} ({now.standing}{was})" if value else ""


def _last(stories: list[Story]) -> str:
    """What was said before it was denied."""
    gone = [story.value for story in stories if story.state is ClaimState.DENIED]
    return gone[-1] if gone else "changed"


def season(number: int | None) -> str:
    """ "Season 2", or "The show" where no number was said."""
    return f"Season {number}" if number else "The show"


def day(time: datetime | date) -> str:
    """ "5 Mar 2027"."""
    return f"{time.day} {time:%b %Y}"


def shorten(text: str, limit: int = 240) -> str:
    """Cut at a sentence or a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    for mark in (". ", "! ", "? "):
        if cut.rfind(mark) > limit // 2:
            return cut[: cut.rfind(mark) + 1]
    return cut.rsplit(" ", 1)[0].rstrip(",;:") + "…"
