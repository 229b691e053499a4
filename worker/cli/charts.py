"""Where the pieces of a small chart stand, in its own units. Pure: a template draws them, and says them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 5)
_LEAST = 1.5  # units: what is there can be seen, however little it is


@dataclass(frozen=True, slots=True)
class Piece:
    """One rectangle: its left upper corner, its size, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str


def stacked(
    columns: Sequence[Sequence[tuple[str, int]]], *, width: float, height: float, top: int, gap: float = 2
) -> list[Piece]:
    """Columns from left to right, each of pieces (kind, count) from below upwards; `top` fills the whole height."""
    step = width / max(1, len(columns))
    pieces: list[Piece] = []
    for number, column in enumerate(columns):
        base = height
        for kind, count in column:
            if count > 0:
                size = max(_LEAST, height * min(count, top) / max(1, top))
                base -= size
                pieces.append(_piece(number * step + gap / 2, base, max(0.5, step - gap), size, kind))
    return pieces


def sparkline(counts: Sequence[int], failed: Sequence[bool], *, width: float, height: float, most: int) -> list[Piece]:
    """A column for each count, the newest at the right end; `failed` ones stand as short pieces of their own.

    There is room for `most` columns, so that those of several sparklines are equally wide.
    """
    step, top = width / most, max([1, *counts])
    pieces: list[Piece] = []
    for number, (count, ill) in enumerate(zip(counts[-most:], failed[-most:], strict=True)):
        left = (most - len(counts[-most:]) + number) * step
        size = height / 4 if ill else max(_LEAST, (height - 1) * count / top)
        kind = "failed" if ill else "some" if count else "none"
        pieces.append(_piece(left, height - size, max(0.5, step - 1), size, kind))
    return pieces


def shares(parts: Iterable[tuple[str, int]], *, width: float, height: float) -> list[Piece]:
    """One bar, each part (kind, count) as wide as its share of the whole; nothing for nothing."""
    present = [(kind, count) for kind, count in parts if count > 0]
    total = sum(count for _, count in present)
    wide = [max(_LEAST, width * count / total) for _, count in present]
    shrink = width / sum(wide) if wide else 1
    left, pieces = 0.0, list[Piece]()
    for (kind, _), size in zip(present, wide, strict=True):
        pieces.append(_piece(left, 0, size * shrink, height, kind))
        left += size * shrink
    return pieces


def round_up(number: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …: where an axis ends."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= number:
                return step * power
        power *= 10


def _piece(x: float, y: float, width: float, height: float, kind: str) -> Piece:
    return Piece(round(x, 2), round(y, 2), round(width, 2), round(height, 2), kind)
