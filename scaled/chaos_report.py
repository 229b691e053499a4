"""The report of a storm: tables for a person, one JSON object for a program."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from scaled.account import MOST_SHOWN
from scaled.chaos import Report


def print_report(report: Report, console: Console) -> None:
    """The account, the blows and the figures; then the first faults of each line."""
    account = Table("account", "expected", "found", "wrong", title="Chaos")
    for line in report.lines:
        account.add_row(
            line.what, f"{line.expected:,}", f"{line.found:,}", str(len(line.faults)) if line.faults else ""
        )
    console.print(account)
    blows = Table("blow", "times")
    for what, count in sorted(report.blows.items()):
        blows.add_row(what, str(count))
    blows.add_section()
    for what, count in report.figures.items():
        blows.add_row(what, f"{count:,}")
    console.print(blows)
    for line in report.lines:
        for fault in line.faults[:MOST_SHOWN]:
            console.print(f"{line.what}: {fault}", markup=False, highlight=False)
        if len(line.faults) > MOST_SHOWN:
            console.print(f"{line.what}: and {len(line.faults) - MOST_SHOWN} more")


def to_json(report: Report) -> str:
    """Lines, blows and figures; `well` tells whether nothing is wrong."""
    lines = [asdict(line) for line in report.lines]
    return json.dumps({"well": report.well, "lines": lines, "blows": report.blows, "figures": report.figures})
