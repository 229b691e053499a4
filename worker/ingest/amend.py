"""A correction is made or taken back: what it touches of the stored articles is read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.ingest.article import Shelf, read_again
from worker.ingest.corrections import by_hand, fitting
from worker.ingest.names import name_key
from worker.store import Tx
from worker.store.articles import StoredArticle
from worker.store.corrections import Correction, Fault, Read


@dataclass(frozen=True, slots=True)
class Amended:
    """What a correction did to what is stored."""

    correction: Correction
    articles: int
    withdrawn: int
    claims: int


def make_correction(tx: Tx, wanted: Correction, shelf: Shelf, now: datetime) -> Amended:
    """Keeps a correction as a rule, takes back the claims that it touches, and reads their articles again."""
    tx.alone()
    correction = tx.corrections.add(wanted)
    touched = _touched(tx, correction)
    wrong = [read.claim_id for read in _claims_in(tx, touched) if _is_wrong(correction, read)]
    tx.corrections.withdraw(wrong)
    tx.corrections.record(correction.id, wrong)
    claims = sum(read_again(tx, stored, shelf, now) for stored in touched)
    return Amended(correction, len(touched), len(wrong), claims)


def undo_correction(tx: Tx, correction: Correction, shelf: Shelf, now: datetime) -> Amended:
    """Forgets a correction, and reads what it touched without it."""
    tx.alone()
    touched = _touched(tx, correction)
    # claims that are there only because the correction says which show is meant
    moved = [read.claim_id for read in _claims_in(tx, touched) if by_hand(correction) in read.rule]
    tx.corrections.remove(correction.id)
    tx.corrections.withdraw(moved)
    claims = sum(read_again(tx, stored, shelf, now) for stored in touched)
    return Amended(correction, len(touched), len(moved), claims)


def _touched(tx: Tx, correction: Correction) -> list[StoredArticle]:
    if correction.article:
        stored = tx.articles.by_url(correction.article)
        return [stored] if stored else []
    found = [
        stored
        for stored in tx.articles.containing((correction.phrase,))
        if correction.source in ("", stored.article.source)
    ]
    return [stored for stored in found if correction in fitting(tx, stored.article)]


def _claims_in(tx: Tx, articles: Sequence[StoredArticle]) -> list[Read]:
    return tx.corrections.claims_in([stored.id for stored in articles])


def _is_wrong(correction: Correction, read: Read) -> bool:
    """Does the claim rest on what was read wrongly?"""
    if correction.what is Fault.WRONG_SHOW:
        return name_key(read.show) == name_key(correction.wrong)
    return correction.what is Fault.NOT_NEWS or read.kind == correction.wrong
