"""docker-compose.yml as plain values: each service's command, environment, health check, needs and places.

load(path, {"WATERCOOLER_TICK": "2s"})["crawl"].command   # ("celery", "-A", "worker", "worker", "-Q", "crawl", …)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from worker.errors import UsageError

FILE = Path(__file__).resolve().parents[1] / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SPAN = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|h|m|s))+")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class Check:
    """A health check: what is run (ends with 0 when all is well), and how often. Times are seconds."""

    test: tuple[str, ...]
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    start_period: float = 0.0
    start_interval: float = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `mounts` are the places in its container by what is mounted there, `ports` those it listens on."""

    name: str
    ours: bool  # made of our Dockerfile, not somebody's image
    command: tuple[str, ...]
    environment: Mapping[str, str]
    check: Check | None = None
    needs: Mapping[str, str] = field(default_factory=dict)  # service: service_healthy …
    restart: str = "no"
    grace: float = 10.0  # seconds between SIGTERM and SIGKILL
    mounts: Mapping[str, str] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()  # tmpfs
    ports: tuple[int, ...] = ()


def load(path: Path = FILE, variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """All services by name. `variables` are what an `.env` would set. Raises UsageError when it cannot be read."""
    try:
        whole = YAML(typ="safe").load(path.read_text("utf-8"))
        return {name: _service(name, _filled(raw, variables or {})) for name, raw in whole["services"].items()}
    except (OSError, YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as a Compose file ({error})") from None


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Fills in `$X`, `${X}`, `${X:-default}`, `${X-default}`; defaults may hold more of them, `$$` is a dollar.

    Source: the Compose Specification, "Interpolation". Raises ValueError for a form that is not known here.
    """
    found, place = [], 0
    while match := _VARIABLE.search(text, place):
        found.append(text[place : match.start()])
        place = match.end()
        if match[1]:
            found.append("$")
        elif match[2]:
            found.append(variables.get(match[2], ""))
        else:
            end = _closing(text, place)
            found.append(_braced(text[place:end], variables))
            place = end + 1
    return "".join(found) + text[place:]


def seconds(span: str) -> float:
    """A span such as 30s, 1m30s or 500ms. Raises ValueError."""
    if not _SPAN.fullmatch(span):
        raise ValueError(f"a span like 1m30s is wanted, not {span!r}")
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)(ms|h|m|s)", span))


def _closing(text: str, start: int) -> int:
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    raise ValueError(f"a brace is not closed in {text!r}")


def _braced(inside: str, variables: Mapping[str, str]) -> str:
    match = _NAME.match(inside)
    name, rest = (match[0], inside[match.end() :]) if match else ("", inside)
    value = variables.get(name)
    if not name or (rest and not rest.startswith(("-", ":-"))):
        raise ValueError(f"${{{inside}}} is not understood")
    if value or (value is not None and not rest.startswith(":-")):
        return value
    return interpolate(rest.removeprefix(":").removeprefix("-"), variables)


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return interpolate(value, variables)
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, variables) for name, one in value.items()}
    return value


def _service(name: str, raw: dict[str, Any]) -> Service:
    return Service(
        name,
        "build" in raw,
        tuple(raw.get("command", ())),
        {key: str(value) for key, value in raw.get("environment", {}).items()},
        _check(raw.get("healthcheck", {})),
        {other: how["condition"] for other, how in raw.get("depends_on", {}).items()},
        raw.get("restart", "no"),
        seconds(raw.get("stop_grace_period", "10s")),
        {target: source for source, target in (volume.split(":")[:2] for volume in raw.get("volumes", ()))},
        tuple(raw.get("tmpfs", ())),
        tuple(int(port.rsplit(":", 1)[-1]) for port in raw.get("ports", ())),
    )


def _check(raw: dict[str, Any]) -> Check | None:
    if not raw or raw.get("disable"):
        return None
    kind, *test = raw["test"]
    if kind not in ("CMD", "CMD-SHELL"):
        raise ValueError(f"a health check of CMD or CMD-SHELL is wanted, not {kind}")
    times = {key: seconds(raw[key]) for key in ("interval", "timeout", "start_period", "start_interval") if key in raw}
    command = ("/bin/sh", "-c", *test) if kind == "CMD-SHELL" else tuple(test)
    return Check(command, retries=int(raw.get("retries", 3)), **times)
