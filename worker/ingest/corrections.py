"""Corrections by hand, applied to what is read from an article: another show, another kind, no news at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawler.items import Article
from worker.ingest.names import compose, fold, has_edges, name_key
from worker.ingest.shows import ShowIndex
from worker.models import ClaimDraft, Kind, Labels, Show, ShowMatch
from worker.store import Tx
from worker.store.corrections import Correction, Fault


def fitting(tx: Tx, article: Article) -> list[Correction]:
    """The corrections that are made for an article, or for a phrase in it."""
    near = tx.corrections.near(article.url, article.source)
    text = fold(compose(f"{article.title}\n{article.text}")) if any(not one.article for one in near) else ""
    return [one for one in near if one.article or _says(text, fold(compose(one.phrase)))]


def corrected_matches(
    matches: Sequence[ShowMatch], corrections: Sequence[Correction], index: ShowIndex
) -> list[ShowMatch]:
    """The shows that an article is about, as people have put it right; each show once."""
    if any(one.what is Fault.NOT_NEWS for one in corrections):
        return []
    found: dict[int, ShowMatch] = {}
    for match in matches:
        right = _righted(match, corrections, index)
        if right is not None:
            found.setdefault(right.show_id, right)
    return list(found.values())


def corrected_labels(labels: Labels, corrections: Sequence[Correction]) -> Labels:
    """What an article is about as a whole, as people have put it right."""
    for one in corrections:
        rules = (*labels.rules, by_hand(one))
        if one.what is Fault.NOT_NEWS:
            labels = Labels(False, (), None, None, rules)
        elif one.what is Fault.WRONG_KIND and one.wrong in labels.kinds:
            kinds = [kind if kind != one.wrong else Kind(one.right or Kind.OTHER) for kind in labels.kinds]
            labels = replace(labels, kinds=tuple(dict.fromkeys(kinds)), rules=rules)
    return labels


def corrected_drafts(
    drafts: Iterable[ClaimDraft], corrections: Sequence[Correction], index: ShowIndex
) -> list[ClaimDraft]:
    """The claims that stand; those of a kind that is wrong here were read wrongly. Who reads why finds the rule."""
    wrong = {one.wrong for one in corrections if one.what is Fault.WRONG_KIND}
    moved = {show.id: one for one in corrections if one.right and (show := _right_show(one, index))}
    return [
        replace(draft, rule=f"{draft.rule}; {by_hand(moved[draft.show_id])}") if draft.show_id in moved else draft
        for draft in drafts
        if draft.kind not in wrong
    ]


def by_hand(correction: Correction) -> str:
    """How a rule names a correction."""
    return f"corrected by hand: {correction.id} ({correction.what})"


def _righted(match: ShowMatch, corrections: Sequence[Correction], index: ShowIndex) -> ShowMatch | None:
    for one in corrections:
        if one.what is Fault.WRONG_SHOW and name_key(one.wrong) == name_key(match.name):
            right = _right_show(one, index)
            return replace(match, show_id=right.id, name=right.name, cue=by_hand(one)) if right else None
    return match


def _right_show(correction: Correction, index: ShowIndex) -> Show | None:
    return index.find(correction.right) if correction.what is Fault.WRONG_SHOW else None


def _says(text: str, phrase: str) -> bool:
    """Does the phrase stand in the text as words of their own?"""
    place = text.find(phrase) if phrase.strip() else -1
    while place >= 0:
        if has_edges(text, place, place + len(phrase)):
            return True
        place = text.find(phrase, place + 1)
    return False
