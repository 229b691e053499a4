"""Measuring: CPU time (user + system) of a job's processes, each job a fresh process with its order on stdin.

Never wall time: neighbours share the machine. What a run costs before it does anything is taken off: the same job
with one unit of work is run beside it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: units of work done, CPU seconds of the job itself and of its children, processes started."""

    done: int
    own: float
    children: float = 0.0
    processes: int = 0
    peak_mb: float = 0.0  # of the largest child

    @property
    def cpu(self) -> float:
        """CPU seconds of all that worked."""
        return self.own + self.children


def cpu_of(who: int) -> float:
    """CPU seconds so far of this process (RUSAGE_SELF) or of its ended children (RUSAGE_CHILDREN)."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def run_job(module: str, order: Mapping[str, Any]) -> Run:
    """Runs `python -m module` with the order, outside of every WATERCOOLER_ setting. Raises RuntimeError."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WATERCOOLER_")}
    with tempfile.TemporaryFile() as orders, tempfile.TemporaryFile() as out:
        orders.write(json.dumps(order).encode())
        orders.seek(0)
        job = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment, stdin=orders, stdout=out)
        peak = _watch(job)
        out.seek(0)
        answer = out.read()
    if job.returncode or not answer:
        raise RuntimeError(f"the job {module} failed ({job.returncode}); its reason stands above")
    return Run(**{**json.loads(answer), "peak_mb": peak})


def report(run: Run) -> None:
    """What a job says in the end, for `run_job`."""
    sys.stdout.write(json.dumps(asdict(run)))


def open_files() -> None:
    """As many open files as the machine lets us have: every host costs a connection."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def interleaved(cases: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """All cases, round by round, so that a busy minute falls on each of them."""
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            runs[name].append(case())
    return runs


def per_unit(many: list[Run], one: list[Run], part: Callable[[Run], float] = lambda run: run.cpu) -> float:
    """CPU seconds of one more unit of work: the median over the rounds, start-up taken off."""
    return median((part(most) - part(least)) / (most.done - least.done) for most, least in zip(many, one, strict=True))


def _watch(job: subprocess.Popen[bytes]) -> float:
    """Waits for a job; gives the peak memory of its largest child, in MB.

    The kernel's own figure for ended children is of no use: it counts what the parent had when it made them.
    """
    peak = 0.0
    while True:
        try:
            job.wait(timeout=0.05)
            return peak
        except subprocess.TimeoutExpired:
            peak = max([peak, *(_peak_mb(child) for child in _children(job.pid))])


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def _peak_mb(pid: str) -> float:
    try:
        if b"crawler" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0.0  # it is just being made, and still looks like its parent
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
