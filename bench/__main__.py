"""Benchmarks, as ratios of CPU time to an anchor that runs in the same invocation.

    python -m bench [crawl] [extract] [ingest] [digest] [send] [--quick] [--json]
    python -m bench scale [--quick] [--plans]       asked for by name alone: ten minutes, and fifteen gigabytes of disk

They need Linux: thousands of hosts are loopback addresses of this machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from bench import crawl, digest, extract, ingest, scale, send
from bench.report import Row, table

PARTS: dict[str, Callable[[bool], list[Row]]] = {
    "crawl": lambda quick: crawl.run(crawl.QUICK if quick else crawl.FULL),
    "extract": lambda quick: extract.run(extract.QUICK if quick else extract.FULL),
    "ingest": lambda quick: ingest.run(ingest.QUICK if quick else ingest.FULL),
    "digest": lambda quick: digest.run(digest.QUICK if quick else digest.FULL),
    "send": lambda quick: send.run(send.QUICK if quick else send.FULL),
}
SLOW: dict[str, Callable[[bool], list[Row]]] = {
    "scale": lambda quick: scale.run(scale.QUICK if quick else scale.FULL),
}


def main(arguments: list[str]) -> int:
    """Prints the tables; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *SLOW, []], help="default: all but scale")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: does it run, roughly")
    parser.add_argument("--plans", action="store_true", help="with scale: the plans alone, as a table")
    parser.add_argument("--json", action="store_true", help="a row a line, as JSON")
    options = parser.parse_args(arguments)
    if options.plans:
        sys.stdout.write(scale.run_plans(scale.QUICK if options.quick else scale.FULL))
        return 0
    reached = True
    for name in options.parts or PARTS:
        rows = (PARTS | SLOW)[name](options.quick)
        reached = reached and all(row.met is not False for row in rows)
        sys.stdout.write(_lines(name, rows) if options.json else f"\n== {name}\n{table(rows)}")
    return 0 if reached else 1


def _lines(part: str, rows: list[Row]) -> str:
    return "".join(
        json.dumps({"part": part, **asdict(row), "case": row.case.strip(), "ratio": row.ratio, "met": row.met}) + "\n"
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
