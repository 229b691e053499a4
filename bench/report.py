"""What a benchmark says: rows of figures with the anchor's beside ours, and how far apart they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("case", "ours", "anchor", "unit", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. Without an anchor it is for orientation, or the goal is a limit on the figure itself."""

    case: str
    ours: float
    unit: str
    anchor: float | None = None
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours in units of the anchor's."""
        return self.ours / self.anchor if self.anchor else None

    @property
    def met(self) -> bool | None:
        """Is the goal reached? None when there is none."""
        if self.goal is None:
            return None
        return (self.ours if self.ratio is None else self.ratio) <= self.goal


def table(rows: Sequence[Row]) -> str:
    """The rows as a table for people."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "".join("  ".join(_pad(line, widths)).rstrip() + "\n" for line in lines)


def _pad(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, figures to the right."""
    figures = (1, 2, 4, 5)
    return [
        cell.rjust(width) if column in figures else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "reached", False: "missed", None: ""}[row.met]
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}x" if row.ratio >= 0.1 else f"{row.ratio:.4f}x"
    goal = "" if row.goal is None else f"{row.goal:g}x" if row.ratio is not None else f"{row.goal:g}"
    end = "; ".join(part for part in (verdict, row.note) if part)
    return (row.case, _figure(row.ours), "" if row.anchor is None else _figure(row.anchor), row.unit, ratio, goal, end)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
