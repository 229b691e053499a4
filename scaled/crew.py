"""The processes of docker-compose.yml outside Docker: the same commands, the same environment, as many as you like.

with Crew(services, folder, minder, hosts={"redis": redis.address, …}, scale={"crawl": 2}) as crew:
    crew.start()                      # migrate first, then the others; those that end are started again
    crew.kill("ingest-1")             # as when a container dies
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from scaled import leftovers
from scaled.compose import Service
from scaled.container import Container, Places
from scaled.servers import free_port
from worker.errors import WatercoolerError

LOOK = 0.1  # seconds between two looks at all processes


class CrewError(WatercoolerError):
    """A process does not start, or not in time; says what it said last."""


class Crew:
    """Copies of our services, each looked after like a container: health checks, restarts, graceful stops, a log file.

    `hosts` are the addresses of the services that are not ours, `mounts` folders in place of those that compose mounts,
    `ports` fixed ports of first copies, such as {"web": 8000}. `heal`: who is unhealthy is started anew, which Docker
    leaves to others. The minder sees to it that nothing outlives who made the crew, however that ends.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        folder: Path,
        minder: leftovers.Minder,
        *,
        hosts: Mapping[str, str],
        scale: Mapping[str, int] | None = None,
        mounts: Mapping[str, Path] | None = None,
        ports: Mapping[str, int] | None = None,
        heal: bool = True,
    ) -> None:
        self.folder, self.heal = folder, heal
        self.mark = minder.mark
        self._ours = {name: service for name, service in services.items() if service.ours}
        self._hosts, self._scale = dict(hosts), dict(scale or {})
        self._mounts, self._ports = dict(mounts or {}), dict(ports or {})
        self._containers: dict[str, Container] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._supervisor = threading.Thread(target=self._look_after, name="supervisor", daemon=True)

    def __enter__(self) -> Crew:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._supervisor.start()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.stop(grace=None if error[0] in (None, KeyboardInterrupt) else 0)  # a second Ctrl-C makes it short
        finally:
            self._ended.set()
            self._supervisor.join(10)
            leftovers.end(self.mark)

    @property
    def names(self) -> list[str]:
        """All that are wanted to run, such as crawl-1."""
        with self._lock:
            return [name for name, container in self._containers.items() if container.wanted]

    def start(self, *services: str, settings: Mapping[str, str] | None = None) -> None:
        """Starts services (all when none is named) with what they need. `settings` go over what compose sets.

        One-shot services are waited for. Raises CrewError when one of them fails.
        """
        for name in self._in_order(services or self._ours):
            service = self._ours[name]
            for number in range(1, self._scale.get(name, 1) + 1):
                container = self._container(service, number, settings or {})
                with self._lock:
                    self._begin(container)
                if service.restart == "no":
                    self._wait_for_end(container)

    def stop(self, *names: str, grace: float | None = None) -> None:
        """Stops copies (all when none is named) as Docker does: SIGTERM, and SIGKILL after their grace period."""
        with self._lock:
            chosen = [self._containers[name] for name in names] if names else list(self._containers.values())
            for container in chosen:
                container.ask_to_stop()
        for container in chosen:
            container.see_off(container.service.grace if grace is None else grace)

    def kill(self, name: str, *, whole: bool = True) -> None:
        """SIGKILL, for the whole container or for its first process alone; the supervisor starts it again."""
        with self._lock:
            self._containers[name].kill(whole=whole)

    def container(self, name: str) -> Container:
        """One copy, such as crawl-1: its process, health, log, how often it was started."""
        return self._containers[name]

    def address(self, name: str) -> str:
        """Host and port where a copy such as web-1 listens."""
        return f"127.0.0.1:{next(iter(self._containers[name].places.ports.values()))}"

    def place(self, name: str) -> Path:
        """Where the folder is that is mounted at /NAME, such as data or sources."""
        return self._mounts.get(f"/{name}", self.folder / name)

    def log(self, name: str) -> Path:
        """What a copy said, over all its lives."""
        return self.folder / "logs" / f"{name}.log"

    def health(self) -> dict[str, str]:
        """starting, healthy, unhealthy or ended, of each."""
        with self._lock:
            return {name: self._containers[name].health for name in self.names}

    def wait_healthy(self, patience: float = 120.0, only: Iterable[str] = ()) -> None:
        """Waits until all (or these copies) are healthy. Raises CrewError that tells who is not."""
        deadline = time.monotonic() + patience
        while True:
            found = {name: state for name, state in self.health().items() if not only or name in only}
            ill = [name for name, state in found.items() if state != "healthy"]
            if not ill:
                return
            if time.monotonic() > deadline:
                raise CrewError("; ".join(f"{name} is {found[name]}: {self.last_words(name)}" for name in ill))
            time.sleep(LOOK)

    def last_words(self, name: str) -> str:
        """The end of a copy's log."""
        log = self.log(name)
        lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
        return " / ".join(lines[-3:]) or "it says nothing"

    def complaints(self) -> list[str]:
        """The last error of each copy that logged one."""
        found = []
        for name in sorted(self._containers):
            lines = self.log(name).read_text("utf-8", "replace").splitlines() if self.log(name).exists() else []
            errors = [line for line in lines if '"level": "error"' in line or '"level": "critical"' in line]
            found += [f"{name}: {line[:300]}" for line in errors[-1:]]
        return found

    def processes(self) -> list[int]:
        """The numbers of all processes that run here, children too."""
        return leftovers.bearing(self.mark)

    def _in_order(self, names: Iterable[str]) -> list[str]:
        """Who is needed comes first."""
        found: list[str] = []

        def add(name: str) -> None:
            if name in self._ours and name not in found:
                for other in self._ours[name].needs:
                    add(other)
                found.append(name)

        for name in names:
            add(name)
        return found

    def _container(self, service: Service, number: int, settings: Mapping[str, str]) -> Container:
        name = f"{service.name}-{number}"
        old = self._containers.get(name)
        first = self._ports.get(service.name) if number == 1 else None
        ports = old.places.ports if old else {port: first or free_port() for port in service.ports}
        places = Places(self.folder, name, self._hosts, self._mounts, ports)
        with self._lock:
            if old:
                old.see_off(0)
            container = Container(service, name, places, f"{self.mark}/{name}.", settings, self.log(name))
            self._containers[name] = container
        return container

    def _begin(self, container: Container) -> None:
        try:
            container.start(time.monotonic())
        except OSError as error:
            raise CrewError(f"{container.name} cannot be started: {error}") from None

    def _wait_for_end(self, container: Container, patience: float = 120.0) -> None:
        deadline = time.monotonic() + patience
        while (code := container.exit_code) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if code != 0:
            what = "does not end" if code is None else f"ended with {code}"
            raise CrewError(f"{container.name} {what}: {self.last_words(container.name)}")

    def _look_after(self) -> None:
        while not self._ended.wait(LOOK):
            with self._lock:
                for container in list(self._containers.values()):
                    container.look_after(time.monotonic(), heal=self.heal)
