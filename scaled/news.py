"""Made-up television news: shows, what is rumoured, confirmed, denied and moved of them, and the words of many outlets.

All is drawn from a seed, so that the same news can be read in a storm and in a calm. A rumour and its confirmation are
some steps apart; every teller has words of its own, but for the outlets of one family, which print the same text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta


def _some(names: str) -> list[str]:
    return names.split("|")


# No word twice, in no two shows: else their news would be alike for no other reason.
_ADJECTIVES = _some(
    "Amber|Hollow|Northern|Quiet|Crimson|Drowned|Velvet|Borrowed|Gilded|Restless|Painted|Bitter|Frozen|Crooked|Silver|"
    "Burning|Wandering|Broken|Sleeping|Scarlet|Paper|Iron|Distant|Hidden|Idle|Stolen|Barren|Copper|Dusty|Endless|Faded|"
    "Gentle|Hungry|Jagged|Lonely|Midnight|Narrow|Obsidian|Pale|Reluctant|Sunken|Tangled|Unwritten|Vanished|Wicked|Yellow"
)
_NOUNS = _some(
    "Harvest|Meridian|Causeway|Lantern|Orchard|Tollhouse|Regatta|Windmill|Cartographer|Viaduct|Archive|Bridge|Choir|"
    "Dynasty|Embassy|Falcon|Gardener|Hotel|Island|Judge|Kitchen|Labyrinth|Mirror|Nursery|Oracle|Pilgrim|Quarry|River|"
    "Sailor|Theatre|Umbrella|Valley|Widow|Anchor|Bakery|Compass|Detective|Engine|Fiddler|Glacier|Horizon|Inspector|Jury|"
    "Keeper|Lighthouse|Monarch"
)
_WORDS = _some("Tidewrack|Foxglove|Undertow|Ironbark|Lodestar|Nightjar|Saltbox|Windfall|Gravelight|Farthing")
MOST_SHOWS = 50
_NETWORKS = ["Meridian Plus", "Northgate", "Brightwater", "Kitestream", "Halcyon TV", "Channel Delta"]
_FIRST = _some(
    "Orla|Ewan|Beatrix|Kofi|Rosalind|Anders|Priya|Marta|Joachim|Hanna|Tobias|Saskia|Lorcan|Cosima|Idris|Wilma"
)
_LAST = _some("Penhallow|Castellane|Solano|Adair|Quaye|Loke|Ravensworth|Oyelaran|Bellweather|Dreyfuss|Halvard|Mbeki")
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"]
_SCENES = _some(
    "in a former rope works|on a quay in the rain|in a greenhouse|above a bakery|in an empty school|on a moor at dawn"
)
_THINGS = _some(
    "the old piano|a crate of oranges|the stolen map|a wet dog|the second key|an unpaid bill|the broken clock"
)
_OPINIONS = _some("ended early|was dearer than planned|had no music|took place in the rain|was hard to find")


@dataclass(frozen=True, slots=True)
class MadeShow:
    """An invented show, its network, the season that the news is about, and a day it may be released."""

    name: str
    network: str
    season: int
    day: date
    star: str


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happens: at which step, to which show, of which kind, and whether the makers say so."""

    show: MadeShow
    kind: str
    step: int
    official: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """One article of one outlet. Its page gets the paragraphs of `added` at later steps, and the comments of `talk`."""

    outlet: int
    step: int
    slug: str
    title: str
    author: str
    paragraphs: tuple[str, ...]
    added: tuple[tuple[int, str], ...] = ()
    talk: tuple[tuple[int, str, str], ...] = field(default=())  # step, author, words
    hours: int = 0  # published so long before the first step; what comes later is from a moment before its own


def make_shows(count: int, chance: random.Random, start: date) -> list[MadeShow]:
    """Shows with titles of ordinary shapes: "The Amber Viaduct", "Gilded Orchard", "Undertow"."""
    ones, twos = (chance.sample(words, len(words)) for words in (_ADJECTIVES, _NOUNS))
    names = [
        f"{'The ' if number % 2 else ''}{one} {two}" for number, (one, two) in enumerate(zip(ones, twos, strict=True))
    ]
    names += _WORDS
    if count > MOST_SHOWS:
        raise ValueError(f"at most {MOST_SHOWS} shows can be made, not {count}")
    stars = chance.sample([f"{first} {last}" for first in _FIRST for last in _LAST], count)
    return [_show(name, star, chance, start) for name, star in zip(chance.sample(names, count), stars, strict=True)]


def _show(name: str, star: str, chance: random.Random, start: date) -> MadeShow:
    day = start + timedelta(days=chance.randint(90, 400))
    return MadeShow(name, chance.choice(_NETWORKS), chance.randint(2, 5), day, star)


_PLOTS = (
    (("renewed-rumour", 0.0), ("renewed", 0.55), ("released", 0.75), ("trailer", 0.95)),
    (("cancelled-rumour", 0.0), ("joins", 0.4), ("not-cancelled", 0.8)),
    (("released-rumour", 0.0), ("released", 0.5), ("moved", 0.95)),
    (("joins-rumour", 0.0), ("joins", 0.55), ("trailer", 0.9)),
)
OVERTAKING = ("not-cancelled", "moved")  # kinds: what was said before is so no more
APART = 3  # steps, at the least, between a word and the one that makes it sure, or overtakes it
ROOMY = 9  # steps that give room for that


def make_news(shows: Sequence[MadeShow], steps: int, chance: random.Random) -> list[News]:
    """What happens to each show, a plot each, spread over the steps (0 is what was there before).

    In a few steps nothing is overtaken: who reads the old word after the new one knows less, whoever reads it.
    """
    found = []
    for number, show in enumerate(shows):
        late = chance.uniform(0, 0.1)
        for kind, share in _PLOTS[number % len(_PLOTS)]:
            step = min(steps - 1, round((share + late) * (steps - 1)))
            if steps >= ROOMY or kind not in OVERTAKING:
                found.append(News(show, kind.removesuffix("-rumour"), step, not kind.endswith("-rumour")))
    return found


def tell(news: News, outlet: int, title: str, step: int, chance: random.Random, hours: int = 0) -> Telling:
    """An outlet's own words for a piece of news. `title` is the outlet's."""
    headline, first = _WORDING[news.kind](news, title, chance)
    paragraphs = (first, *(_filler(chance) for _ in range(chance.randint(3, 5))))
    slug = f"{_slug(news.show.name)}-{news.kind}{'' if news.official else '-report'}-{step}"
    return Telling(outlet, step, slug, headline, _person(chance), paragraphs, talk=_talk(step, chance), hours=hours)


def guide(show: MadeShow, outlet: int, news: Sequence[News], chance: random.Random) -> Telling:
    """A page about all of a season, rewritten when something is official. What it said before stays on it."""
    title = f"Everything we know about {show.name} season {show.season}"
    start = (
        f"{show.name} left us in the dark last year. This is a live article; we will update it as news comes in.",
        *(_filler(chance) for _ in range(5)),
    )
    added = tuple((one.step, f"Update: {_WORDING[one.kind](one, '', chance)[1]}") for one in news if one.official)
    return Telling(outlet, 0, f"{_slug(show.name)}-guide", title, _person(chance), start, added, hours=30)


def copied(telling: Telling, outlet: int, origin: str) -> Telling:
    """The same text in another outlet of the family, with a line that says where it is from."""
    last = f"This story first appeared in {origin}."
    return Telling(
        outlet,
        telling.step,
        telling.slug,
        telling.title,
        telling.author,
        (*telling.paragraphs, last),
        hours=max(0, telling.hours - 1),
    )


def _renewed(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    show, nth = news.show, _ORDINALS[news.show.season - 1]
    if not news.official:
        said = [
            f"{show.name} Renewed for Season {show.season}, Insider Says",
            f"Insider: more {show.name} is on its way",
        ]
        first = f"An insider tells {outlet} that {show.name} has been renewed for a {nth} season."
        return chance.choice(said), first
    said = [f"{show.name} Renewed for Season {show.season}", f"{show.name} will be back"]
    return chance.choice(
        said
    ), f"{show.network} has renewed {show.name} for a {nth} season, {_announced(show, chance)}."


def _cancelled(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    name = news.show.name
    said = [f"{name} is cancelled, source says", f"No more {name}, says a source"]
    return chance.choice(said), f"{name} has been cancelled, a source tells {outlet}."


def _not_cancelled(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    name, network = news.show.name, news.show.network
    said = [f"{name} is not cancelled, says {network}", f"{network}: {name} goes on"]
    first = f"{name} has not been cancelled, {network} said in a statement on {chance.choice(_WEEKDAYS)}."
    return chance.choice(said), first


def _released(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    show, named = news.show, f"{news.show.name} season {news.show.season}"
    if not news.official:
        said = [f"{named} could return in {show.day:%B %Y}", f"When {show.name} may come back"]
        return chance.choice(said), f"{named} will reportedly be released in {show.day:%B %Y}."
    said = [f"{show.name} Season {show.season} Gets a Release Date", f"The day of {show.name} is set"]
    return chance.choice(said), f"{named} will premiere on {_day(show.day)}, {_announced(show, chance)}."


def _moved(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    show, later = news.show, _day(news.show.day + timedelta(days=60))
    said = [f"{show.name} Season {show.season} Delayed", f"{show.name} comes later than planned"]
    first = f"{show.name} season {show.season} will now premiere on {later}, {_announced(show, chance)}."
    return chance.choice(said), first


def _trailer(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    show = news.show
    said = [f"Watch the trailer for {show.name} season {show.season}", f"{show.name}: the first pictures"]
    first = f"{show.network} today released the first trailer for {show.name} season {show.season}."
    return chance.choice(said), first


def _joins(news: News, outlet: str, chance: random.Random) -> tuple[str, str]:
    show = news.show
    if not news.official:
        said = [f"{show.star} in talks to join {show.name}, source says", f"{show.name} wants {show.star}, it is said"]
        first = f"{show.star} is reportedly in talks to join the cast of {show.name}, a source tells {outlet}."
        return chance.choice(said), first
    said = [f"{show.star} Joins the Cast of {show.name}", f"{show.name} has found its {show.star}"]
    return chance.choice(said), f"{show.star} joins the cast of {show.name}, {_announced(show, chance)}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


_WORDING = {
    "renewed": _renewed,
    "cancelled": _cancelled,
    "not-cancelled": _not_cancelled,
    "released": _released,
    "moved": _moved,
    "trailer": _trailer,
    "joins": _joins,
}


def _announced(show: MadeShow, chance: random.Random) -> str:
    return f"{show.network} {chance.choice(['announced', 'confirmed'])} on {chance.choice(_WEEKDAYS)}"


def _filler(chance: random.Random) -> str:
    """A paragraph that claims nothing."""
    where, what, other, opinion = (chance.choice(part) for part in (_SCENES, _THINGS, _THINGS, _OPINIONS))
    number, person = chance.randint(2, 400), _person(chance)
    return chance.choice(
        [
            f"Visitors {where} found {what} and {number} umbrellas, and {person} had taken {other} away by noon.",
            f"“We thought of {what} before we thought of anybody,” said {person}, who keeps {number} hens {where}.",
            f"The last party {opinion}. {person} in row {number % 40} counted {number} hats and {other}.",
            f"There is a stove {where}, where {what} stood beside {other} for {number} days, until {person} came.",
        ]
    )


def _talk(step: int, chance: random.Random) -> tuple[tuple[int, str, str], ...]:
    """What viewers write under an article: some at once, some at later steps."""
    return tuple(
        (step + chance.choice([0, 0, 1, 2]), f"{chance.choice(_FIRST)}{chance.randint(1, 99)}", _remark(chance))
        for _ in range(chance.choice([0, 0, 1, 3]))
    )


def _remark(chance: random.Random) -> str:
    thing = chance.choice(_THINGS)
    return f"I still think of {thing} {chance.randint(2, 99)} times a day, and nobody in my house will talk about it."


def _person(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def _slug(name: str) -> str:
    return "-".join(name.lower().split())


def outlet_titles(count: int, chance: random.Random) -> Iterator[str]:
    """Names of outlets, none twice."""
    first = _some("Evening|Morning|Coastal|Harbour|Island|Valley|Northern|Southern|Central|Midland|Border|River|Castle")
    last = _some(
        "Screen Ledger|Tube Gazette|Sofa Post|Set Diary|Channel Weekly|Stage Herald|Series Courier|Reel Observer"
    )
    pairs = [f"{one} {two}" for one in first for two in last]
    chance.shuffle(pairs)
    for number in range(count):
        again = number // len(pairs)
        yield pairs[number % len(pairs)] + (f" {again + 1}" if again else "")
