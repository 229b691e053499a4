"""The scaled mode is set like the embedded one, what docker-compose.yml runs exists, and no container may do much."""

from __future__ import annotations

import re
import shlex
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer
import uvicorn
from celery.app.utils import find_app
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_program
from ruamel.yaml import YAML
from uvicorn.importer import import_from_string

from scaled.compose import Service, interpolate, load, seconds
from worker.celery import QUEUES, app
from worker.cli import app as cli
from worker.config import PREFIX, Settings
from worker.errors import UsageError

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
SET = dict(re.findall(rf"^ +({PREFIX}\w+): (\S+)$", COMPOSE, re.M))
NAMES = {field.alias or PREFIX + name.upper() for name, field in Settings.model_fields.items()}
RAW: dict[str, Any] = YAML(typ="safe").load(COMPOSE)["services"]
SERVICES = load()
OURS = [service for service in SERVICES.values() if service.ours]


def test_every_setting_reaches_the_containers() -> None:
    assert NAMES - set(SET) == set()
    assert {name for name, value in SET.items() if "${WATERCOOLER" in value and f"${{{name}:-" not in value} == set()


def test_what_is_passed_on_empty_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings.from_env()
    for name in [name for name, value in SET.items() if value.endswith(":-}")]:
        monkeypatch.setenv(name, "")
    assert Settings.from_env() == before


@pytest.mark.parametrize("service", OURS, ids=lambda service: service.name)
def test_what_is_set_without_an_env_file_can_be_used(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value.replace("/sources", str(tmp_path)).replace("/templates", str(tmp_path)))
    settings = Settings.from_env()
    role = "watercooler_owner" if service.name == "migrate" else "watercooler_app"
    assert settings.database.startswith(f"postgresql+psycopg://{role}:watercooler@postgres/")
    assert (settings.broker_url, settings.mail) == ("redis://redis:6379/0", "smtp://mailcatcher:1025")
    assert settings.public_url == "http://localhost:8000"


@pytest.mark.parametrize("service", OURS, ids=lambda service: service.name)
def test_every_command_can_be_run(service: Service) -> None:
    parse(list(service.command))


@pytest.mark.parametrize("service", [one for one in OURS if one.check], ids=lambda service: service.name)
def test_every_health_check_can_be_run(service: Service) -> None:
    assert service.check
    test = list(service.check.test)
    if test[:2] == ["python", "-c"]:
        compile(test[2], service.name, "exec")
        return
    assert test[:2] == ["/bin/sh", "-c"]
    subprocess.run(["/bin/sh", "-n", "-c", test[2]], check=True)
    words = [word for word in shlex.split(test[2]) if "=" not in word]
    if "celery" in words:
        parse(words)
        name = service.command[service.command.index("-n") + 1]
        assert words[words.index("-d") + 1] == name.replace("%h", "$HOSTNAME"), "it asks somebody else"


def parse(words: list[str]) -> None:
    """As the program itself would. Raises what it raises."""
    match words:
        case ["celery", *rest]:
            if rest[0] == "-A":
                assert find_app(rest[1]) is app
                rest = rest[2:]
            context = celery_program.make_context("celery", [rest[0], "--help"], resilient_parsing=True)
            context.obj = CLIContext(app=app, no_color=True, workdir=None)
            name, command, args = celery_program.resolve_command(context, rest)
            assert command is not None, name
            below = command.make_context(name, args, parent=context)
            assert not below.args or name == "inspect", f"{name} does not know {below.args}"
        case ["uvicorn", *rest]:
            context = uvicorn.main.make_context("uvicorn", rest)
            assert callable(import_from_string(context.params["app"]))
            assert context.params["factory"]
        case ["watercooler", *rest]:
            program: Any = typer.main.get_command(cli)
            context = program.make_context("watercooler", rest)
            name, command, args = program.resolve_command(context, rest)
            command.make_context(name, args, parent=context)
        case _:
            raise AssertionError(f"what is {words}?")


@pytest.mark.parametrize(
    "words",
    [
        ["celery", "-A", "worker", "worker", "--quues", "crawl"],
        ["celery", "-A", "worker", "wroker"],
        ["uvicorn", "--factory", "worker.web.asgi:nothing"],
        ["watercooler", "migrat"],
        ["watercooler", "migrate", "--soon"],
    ],
)
def test_a_command_that_does_not_exist_is_found_out(words: list[str]) -> None:
    with pytest.raises((Exception, SystemExit)):
        parse(words)


def test_every_queue_has_its_workers() -> None:
    found = [
        (service.name, service.command[service.command.index("-Q") + 1]) for service in OURS if "-Q" in service.command
    ]
    assert sorted(found) == [(queue, queue) for queue in sorted(QUEUES)]


@pytest.mark.parametrize("name", RAW)
def test_no_container_may_do_much(name: str) -> None:
    raw = RAW[name]
    number = raw["user"].partition(":")[0]
    assert number.isdigit()
    assert int(number) > 0, "root"
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert raw["security_opt"] == ["no-new-privileges:true"]
    assert raw["init"] is True
    assert set(raw["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert raw["logging"]["options"].keys() == {"max-size", "max-file"}
    assert all(port.startswith("127.0.0.1:") for port in raw.get("ports", [])), "open to the network"


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_every_service_is_looked_after(service: Service) -> None:
    if service.name == "migrate":
        assert (service.restart, service.check) == ("no", None)
        return
    assert service.restart == "unless-stopped"
    assert service.check
    assert service.check.timeout <= 30
    assert not service.ours or service.check.interval >= 30, "each check starts a process"


def test_everybody_waits_for_the_newest_schema() -> None:
    waits = {service.name: dict(service.needs) for service in OURS}
    assert waits.pop("migrate") == {"postgres": "service_healthy"}
    assert all(needs["migrate"] == "service_completed_successfully" for needs in waits.values())


def test_redis_keeps_and_does_not_throw_out() -> None:
    options = " ".join(SERVICES["redis"].command)
    assert "--appendonly yes" in options
    assert "--maxmemory-policy noeviction" in options


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    users = {RAW[service.name]["user"] for service in OURS}
    assert users == {re.findall(r"^USER (\S+)$", dockerfile, re.M)[-1]} == {"10001:10001"}


def test_what_the_image_is_made_of_is_there_and_reaches_the_build() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M) for word in line.split()]
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert {"crawler", "worker", "digest_templates", "requirements.lock"} <= set(copied)
    assert all((ROOT / word).exists() for word in copied)
    assert lines[0] == "*", "only what is named goes in"
    assert all(any(fnmatch(word, line[1:]) for line in lines if line[0] == "!") for word in copied)
    assert "--require-hashes" in dockerfile


def test_the_example_for_production_changes_what_is_there() -> None:
    example = YAML(typ="safe").load((ROOT / "compose.override.example.yml").read_text("utf-8"))
    assert set(example["services"]) - set(RAW) == {"proxy"}
    for name, raw in example["services"].items():
        assert set(raw.get("environment", {})) <= NAMES, name
        assert set(raw.get("secrets", [])) <= set(example["secrets"]), name
        if raw.get("command") and name != "redis":
            parse(raw["command"])
    own = {name for name in example["secrets"] if name.startswith("watercooler")}
    assert {name.upper() for name in own} <= NAMES, "nobody reads it"


def test_what_a_file_among_the_secrets_says_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "watercooler_secret_key").write_text("from a file\n")
    (tmp_path / "watercooler_from").write_text("News <news@example.org>\n")
    monkeypatch.setenv("WATERCOOLER_SECRET_KEY", "")
    settings = Settings(_secrets_dir=tmp_path)
    assert (settings.keys, settings.from_address) == (("from a file",), "News <news@example.org>")


def test_containers_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    def key(number: int) -> tuple[str, ...]:
        together.wait(10)
        return Settings(home=tmp_path / str(number // 8)).keys

    together = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(key, range(80)))
    for folder in range(10):
        assert set(keys[folder * 8 : folder * 8 + 8]) == {((tmp_path / str(folder) / "secret.key").read_text(),)}
    assert len(set(keys)) == 10
    assert all(len(one[0]) >= 32 for one in keys)
    assert {(path.name, path.stat().st_mode & 0o777) for path in tmp_path.glob("*/*")} == {("secret.key", 0o600)}


VALUES = {"A": "one", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$A-${A}", "one-one"),
        ("${B:-two} ${EMPTY:-two} ${EMPTY-two} ${B-two}", "two two  two"),
        ("${B:-x${C:-y${A}}z}", "xyonez"),
        ("$$A $${A}", "$A ${A}"),
        ("${B}", ""),
        ("costs 5$", "costs 5$"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text: str, filled: str) -> None:
    assert interpolate(text, VALUES) == filled


@pytest.mark.parametrize("text", ["${A", "${A:?must be set}", "${}", "${A:-${B}"])
def test_a_form_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|not closed"):
        interpolate(text, VALUES)


@pytest.mark.parametrize(("span", "found"), [("30s", 30), ("1m30s", 90), ("500ms", 0.5), ("2h", 7200), ("1.5s", 1.5)])
def test_spans(span: str, found: float) -> None:
    assert seconds(span) == found


@pytest.mark.parametrize("content", ["", "services: [", "services: {a: {healthcheck: {test: [NONE]}}}", "a: 1"])
def test_a_file_that_is_none_is_told_in_words(content: str, tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(content)
    with pytest.raises(UsageError, match="cannot be read as a Compose file"):
        load(tmp_path / "docker-compose.yml")
