"""One copy of a service outside Docker: what a container is, made of a process, a folder and a name."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scaled import leftovers
from scaled.compose import Check, Service

ROOT = Path(__file__).resolve().parents[1]
BACK_OFF = (0.1, 10.0)  # seconds before the first restart, doubled each time, and at the most
SETTLED = 10.0  # who ran for so long is started again at once
KEPT = ("LANG", "LC_ALL", "TZ", "HOME", "USER")


@dataclass(frozen=True, slots=True)
class Places:
    """Where on this machine the places of a container are: hosts, folders, ports."""

    folder: Path
    name: str  # of the container, which is its host name
    hosts: Mapping[str, str]  # a service: host:port
    mounts: Mapping[str, Path]  # a place in the container: a folder
    ports: Mapping[int, int]

    @property
    def work(self) -> Path:
        """The working folder: the image says /data."""
        return self._place("/data", False)

    def prepare(self, service: Service) -> None:
        """Makes the folders."""
        self.work.mkdir(parents=True, exist_ok=True)
        for target in (*service.mounts, *service.scratch):
            self._place(target, target in service.scratch).mkdir(parents=True, exist_ok=True)

    def here(self, text: str, service: Service) -> str:
        """A word of a command, or a value of the environment, with our places in it."""
        for host, address in self.hosts.items():
            text = re.sub(rf"(?:(?<=//)|(?<=@)){re.escape(host)}(?::\d+)?(?=/|$)", address, text)
        places = {target: str(self._place(target, False)) for target in service.mounts}
        places |= {target: str(self._place(target, True)) for target in service.scratch}
        known = "|".join(re.escape(target) for target in sorted(places, key=len, reverse=True))
        # in one go: what was put in is not looked at again
        return re.sub(rf"(?<![\w./-])({known})(?![\w.-])", lambda found: places[found[1]], text) if known else text

    def command(self, words: Sequence[str], service: Service) -> list[str]:
        """A command: as `here`, with our name for the host's, our ports, and loopback alone."""
        found = [self.here(word, service).replace("%h", self.name).replace("0.0.0.0", "127.0.0.1") for word in words]
        for port, free in self.ports.items():
            found = [re.sub(rf"(?<![\w.]){port}(?![\w.])", str(free), word) for word in found]
        return found

    def _place(self, target: str, own: bool) -> Path:
        """Mounted folders are shared by all copies, scratch ones are not."""
        name = target.strip("/").replace("/", "-")
        return self.folder / "scratch" / self.name / name if own else self.mounts.get(target, self.folder / name)


class Container:
    """A process that is looked after. Whoever calls holds the crew's lock, but for `see_off`."""

    def __init__(
        self, service: Service, name: str, places: Places, mark: str, settings: Mapping[str, str], log: Path
    ) -> None:
        self.service, self.name, self.places, self.mark, self.log = service, name, places, mark, log
        self.environment = self._environment(settings)
        self.wanted = False
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.exit_code: int | None = None
        self.health = "ended"
        self._began = self._due = 0.0
        self._wait = BACK_OFF[0]
        self._checking: subprocess.Popen[bytes] | None = None
        self._next_check = self._too_late = 0.0
        self._failed = 0

    def start(self, now: float) -> None:
        """Starts the process in its own session, with its own environment. Raises OSError. `now` is in seconds."""
        self.places.prepare(self.service)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.wanted, self.starts, self.exit_code, self._failed = True, self.starts + 1, None, 0
        self._began = now
        self.health = "starting" if self.service.check else "healthy"
        self._next_check = now + (self.service.check.start_interval if self.service.check else 0)
        with self.log.open("ab") as log:
            self.process = self._run(self.service.command, log)

    def look_after(self, now: float, *, heal: bool) -> None:
        """Starts again what ended though it is wanted, and checks the health of what runs."""
        if self.process and self.process.poll() is not None:
            self._ended(self.process.returncode, now)
        elif self.wanted and not self.process and now >= self._due:
            self.start(now)
        elif self.process and self.wanted:
            self._check(now, heal=heal)

    def ask_to_stop(self) -> None:
        """SIGTERM to the first process; nobody starts it again."""
        self.wanted = False
        self._signal(signal.SIGTERM)

    def see_off(self, grace: float) -> None:
        """Waits for the end for so many seconds, then ends all that is left."""
        self.wanted = False
        process = self.process
        if process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        self.kill(whole=True)
        if process:
            self.exit_code = process.wait()
        self.process, self.health = None, "ended"

    def kill(self, *, whole: bool) -> None:
        """SIGKILL for the first process, and for all its children when the whole container is meant."""
        self._signal(signal.SIGKILL)
        if whole:
            leftovers.end(self.mark)

    def _signal(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def _ended(self, code: int, now: float) -> None:
        """With its first process a container ends, and so do the others in it."""
        leftovers.end(self.mark)
        self.process, self._checking, self.health, self.exit_code = None, None, "ended", code
        self.wanted = self.wanted and self.service.restart != "no"
        self._wait = BACK_OFF[0] if now - self._began > SETTLED else min(self._wait * 2, BACK_OFF[1])
        self._due = now + self._wait
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"--- {self.name} ended with {code}\n")

    def _check(self, now: float, *, heal: bool) -> None:
        check = self.service.check
        if check is None:
            return
        if self._checking is None and now >= self._next_check:
            self._too_late = now + check.timeout
            self._checking = self._run(check.test, subprocess.DEVNULL)
        elif self._checking and self._checking.poll() is None and now > self._too_late:
            os.killpg(self._checking.pid, signal.SIGKILL)
        elif self._checking and self._checking.poll() is not None:
            self._judge(check, self._checking.returncode == 0, now)
            self._checking = None
            if heal and self.health == "unhealthy":
                self.kill(whole=True)

    def _judge(self, check: Check, well: bool, now: float) -> None:
        """As Docker does: failures within the start period count only after the first success."""
        young = self.health == "starting" and now - self._began < check.start_period
        self._failed = 0 if well else self._failed + (not young)
        if well:
            self.health = "healthy"
        elif self._failed >= check.retries:
            self.health = "unhealthy"
        self._next_check = now + (check.start_interval if young and not well else check.interval)

    def _run(self, words: Sequence[str], out: IO[bytes] | int) -> subprocess.Popen[bytes]:
        command = self.places.command(words, self.service)
        command[0] = shutil.which(command[0], path=self.environment["PATH"]) or command[0]
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.places.work,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What compose sets, and nothing from outside but where programs are and which language is spoken."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        own = {"HOSTNAME": self.name, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", leftovers.NAME: self.mark}
        set_here = {**self.service.environment, **settings}
        values = {name: self.places.here(value, self.service) for name, value in set_here.items()}
        scratch = self.places.here("/tmp", self.service)
        return {**kept, "PATH": path, "TMPDIR": scratch, **own, **values}
