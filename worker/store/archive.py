"""Digests as they were sent, to be read again: what many readers share is kept once."""

from __future__ import annotations

import binascii
import functools
import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from worker.models import DeliveryState
from worker.store import schema
from worker.store.base import Noun, slices

Piece = tuple[bytes, bool]  # a stretch of a message part in quoted-printable; may other readers have the same?
Told = tuple[tuple[int, str, str], ...]  # updates, each with its show and headline, as a digest told them

_FRESH = timedelta(days=1)  # a fragment used again within this time is not written anew
_OUT = (DeliveryState.SENT, DeliveryState.HANDING_OVER, DeliveryState.UNCERTAIN)
_SHARED, _OWN = b"F", b"L"
_KEY = 16  # bytes of a fragment's key


@dataclass(frozen=True, slots=True)
class Kept:
    """What a message says, as it is frozen: its HTML part in pieces, or the text where that is all; what it tells."""

    pieces: tuple[Piece, ...]
    kind: str  # html, text
    told: Told = ()


@dataclass(frozen=True, slots=True)
class Archived:
    """A digest that is read again."""

    page: str
    kind: str
    at: datetime
    told: Told = ()


class Archive(Noun):
    """Queries about digests that were sent."""

    def keep(self, digests: Mapping[int, Kept], now: datetime) -> None:
        """Keeps what frozen messages say, by the delivery's id."""
        shared = {_key(piece): piece for kept in digests.values() for piece, is_shared in kept.pieces if is_shared}
        fresh = self._known(list(shared), now - _FRESH)
        new = [
            {"key": key, "content": zlib.compress(piece), "at": now}
            for key, piece in sorted(shared.items())  # in one order, so that none waits in a circle
            if key not in fresh
        ]
        self.upsert(schema.fragments, new, ["key"])
        rows = [
            {
                "delivery_id": number,
                "page": _packed(kept.pieces),
                "kind": kept.kind,
                "at": now,
                "items": list(kept.told),
            }
            for number, kept in digests.items()
        ]
        self.upsert(schema.archive, rows, ["delivery_id"])

    def read(self, subscriber_id: int, delivery_id: int) -> Archived | None:
        """A subscriber's digest, once it was sent, or may have been: nobody reads what never went out."""
        table, deliveries = schema.archive, schema.deliveries
        theirs = (deliveries.c.id == delivery_id) & (deliveries.c.subscriber_id == subscriber_id)
        statement = select(table).join(deliveries, deliveries.c.id == table.c.delivery_id)
        row = self.connection.execute(statement.where(theirs, deliveries.c.state.in_(_OUT))).mappings().first()
        if row is None:
            return None
        page = readable(self.connection, row["page"])
        told = tuple((int(number), str(show), str(headline)) for number, show, headline in row["items"])
        return Archived(page, row["kind"], row["at"], told)

    def forget(self, before: datetime, most: int) -> int:
        """Forgets digests that were frozen before a time, and what only they had, `most` at once; gives how many."""
        table, fragments = schema.archive, schema.fragments
        old = select(table.c.delivery_id).where(table.c.at < before).order_by(table.c.at).limit(most)
        gone = self.connection.execute(delete(table).where(table.c.delivery_id.in_(old))).rowcount
        unused = select(fragments.c.key).where(fragments.c.at < before - _FRESH).limit(most)
        unused = unused.with_for_update(skip_locked=True)
        if gone < most:  # else older digests are still there
            keys = list(self.connection.execute(unused).scalars())
            self.connection.execute(delete(fragments).where(fragments.c.key.in_(keys)))
        return gone

    def _known(self, keys: Sequence[bytes], since: datetime) -> set[bytes]:
        table = schema.fragments
        return {
            key
            for part in slices(keys)
            for key in self.connection.execute(
                select(table.c.key).where(table.c.key.in_(part), table.c.at >= since)
            ).scalars()
        }


def readable(connection: Connection, packed: bytes) -> str:
    """A page as it was packed, put together again."""
    pieces = list(_unpacked(packed))
    fragments = _fragments(connection, [piece for piece, is_shared in pieces if is_shared])
    encoded = b"".join(fragments[piece] if is_shared else piece for piece, is_shared in pieces)
    return binascii.a2b_qp(encoded).decode().replace("\r\n", "\n")


def _fragments(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    table = schema.fragments
    return {
        row.key: zlib.decompress(row.content)
        for part in slices(keys)
        for row in connection.execute(select(table.c.key, table.c.content).where(table.c.key.in_(part)))
    }


@functools.lru_cache(maxsize=20_000)
def _key(piece: bytes) -> bytes:
    return hashlib.blake2b(piece, digest_size=_KEY).digest()


def _packed(pieces: Sequence[Piece]) -> bytes:
    """Pieces in a row: the key of a shared one, any other with its length before it."""
    return b"".join(
        _SHARED + _key(piece) if is_shared else _OWN + struct.pack(">I", len(piece)) + piece
        for piece, is_shared in pieces
    )


def _unpacked(packed: bytes) -> Iterator[tuple[bytes, bool]]:
    """The pieces again, of shared ones the key."""
    at = 0
    while at < len(packed):
        is_shared = packed[at : at + 1] == _SHARED
        length = _KEY if is_shared else struct.unpack_from(">I", packed, at + 1)[0]
        start = at + 1 if is_shared else at + 5
        yield packed[start : start + length], is_shared
        at = start + length
