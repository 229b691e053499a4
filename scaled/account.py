"""The account after a storm: what is held against the calm run, and our deliveries against the mail server's own log.

Pure: plain values come in, lines go out. A line with faults is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from scaled.books import Books, Mailed

MOST_SHOWN = 20
LEAST_ALIKE = 0.9  # part of the pairs
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account: how many there should be, how many there are, and what is wrong, in words."""

    what: str
    expected: int
    found: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as the server took it: whose, its Message-ID, the hash of its bytes."""

    rcpt: str
    message_id: str
    sha256: str


def compare_books(calm: Books, found: Books, published: Collection[str]) -> list[Line]:
    """Content against content. `published` are the URLs of all articles that there are."""
    read = Counter(fact[0] for fact in found.articles.elements())
    return [
        same("articles published, read once", Counter(published), read),
        same("shows", calm.shows, found.shows),
        same("articles: words, labels, shows", calm.articles, found.articles),
        same("comments", calm.comments, found.comments),
        same("claims", calm.claims, found.claims),
        same("stories: what stands, and whose claims", calm.stories, found.stories),
        alike("news: pairs of articles that are one", calm.news, found.news),
        same("copies of one text", calm.copies, found.copies),
        same("set aside", calm.aside, found.aside),
        same("readers' turns", calm.turns, found.turns),
        same("facts that stand, told to readers", calm.told, found.told),
    ]


def same(what: str, expected: Counter[T], found: Counter[T]) -> Line:
    """Is there the same, as often?"""
    faults = [f"missing: {_short(one)}" for one in (expected - found).elements()]
    faults += [f"too many: {_short(one)}" for one in (found - expected).elements()]
    return Line(what, expected.total(), found.total(), tuple(faults))


def alike(what: str, expected: Counter[frozenset[str]], found: Counter[frozenset[str]]) -> Line:
    """Are nearly all that are together in the one together in the other? Found are those in both.

    Who belongs together is decided one by one, by likeness, so close to the line it depends on who came before.
    """
    one, two = (_pairs(groups) for groups in (expected, found))
    both, either = len(one & two), len(one | two)
    faults = (f"only {both} of {either} pairs are the same",) if both < LEAST_ALIKE * either else ()
    return Line(what, len(one), both, faults)


def _pairs(groups: Iterable[frozenset[str]]) -> set[tuple[str, str]]:
    return {(one, other) for group in groups for one, other in combinations(sorted(group), 2)}


def account_mails(mails: Sequence[Mailed], taken: Sequence[Copy]) -> list[Line]:
    """Each message in the server's log once, or so often as we know of doubts, with the same bytes; and no other."""
    copies: dict[tuple[str, str], list[Copy]] = defaultdict(list)
    for one in taken:
        copies[one.rcpt, one.message_id].append(one)
    sent = [one for one in mails if one.state in ("sent", "uncertain")]
    ours = {(one.email, one.message_id) for one in mails}
    lost = [f"{_of(one)}: {one.state}, and the server never had it" for one in sent if not _copies(one, copies)]
    wrong = [f"{_of(one)}: {one.state} ({one.reply})" for one in mails if one.state not in ("sent", "skipped")]
    wrong += [f"{_of(one)}: {one.state}, and the server has it" for one in mails if _is_stray(one, copies)]
    double = [
        f"{_of(one)}: {len(_copies(one, copies))} copies, and we know of {one.doubts} doubts"
        for one in mails
        if len(_copies(one, copies)) - 1 > one.doubts
    ]
    torn = [f"{name} to {rcpt}: copies differ" for (rcpt, name), all_of in copies.items() if _differ(all_of)]
    strange = [f"{rcpt}: {name} is no delivery of ours" for rcpt, name in copies if (rcpt, name) not in ours]
    periods = Counter((one.email, one.period) for one in mails)
    twice = [f"{email}: {count} deliveries for {period}" for (email, period), count in periods.items() if count > 1]
    return [
        Line("digests: one delivery a turn", len(periods), len(mails), tuple(twice)),
        Line("digests: at their end, and taken", len(mails), len(mails) - len(wrong), tuple(wrong)),
        Line("messages: ours are with the server", len(sent), len(sent) - len(lost), tuple(lost)),
        Line("messages: the server's are ours", len(copies), len(copies) - len(strange), tuple(strange)),
        Line("messages: once, or in doubt", len(copies), len(taken), tuple(double + torn)),
    ]


def account_left(left: Mapping[str, int]) -> list[Line]:
    """What is still in hand, or waits, when all is quiet: nothing may be."""
    return [Line(f"left: {what}", 0, count, (f"{count} {what}",) if count else ()) for what, count in left.items()]


def doubts(mails: Sequence[Mailed]) -> tuple[int, int]:
    """How many deliveries nobody was sure of for a while, and how often."""
    return sum(one.doubts > 0 for one in mails), sum(one.doubts for one in mails)


def _copies(one: Mailed, copies: Mapping[tuple[str, str], Sequence[Copy]]) -> Sequence[Copy]:
    return copies.get((one.email, one.message_id), ()) if one.message_id else ()


def _is_stray(one: Mailed, copies: Mapping[tuple[str, str], Sequence[Copy]]) -> bool:
    return one.state in ("skipped", "failed") and bool(_copies(one, copies))


def _differ(copies: Sequence[Copy]) -> bool:
    return len({one.sha256 for one in copies}) > 1


def _of(one: Mailed) -> str:
    return f"{one.email}, {one.period or 'no turn'}"


def _short(value: object) -> str:
    text = " | ".join(value) if isinstance(value, tuple) and all(isinstance(one, str) for one in value) else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
