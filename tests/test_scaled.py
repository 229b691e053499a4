"""The scaled mode outside Docker: what compose starts, started from wheels; and the parts of that, one by one."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from scaled import leftovers
from scaled.__main__ import SHOWN, _scale, show
from scaled.account import Line
from scaled.books import Books
from scaled.compare import Side, compare, plain
from scaled.compose import Check, Service, load
from scaled.container import BACK_OFF, Container, Places
from scaled.crew import Crew, CrewError
from scaled.demo import is_quiet, order, shift, telling, variables, wait_until
from scaled.leftovers import Minder
from scaled.rig import Rig
from scaled.servers import Postgres, Redis, ServerError, postgres_binaries, redis_binary
from worker.config import Settings
from worker.demo.outlets import NOW, Outlets
from worker.demo.story import prepare
from worker.errors import UsageError
from worker.services import open_services
from worker.tasks import Kit

ROOT = Path(__file__).parents[1]
HOSTS = {"redis": "127.0.0.1:1111", "postgres": "127.0.0.1:2222", "mailcatcher": "127.0.0.1:3333"}
servers = pytest.mark.skipif(not (postgres_binaries() and redis_binary()), reason="no servers for this platform")


def places(folder: Path, **more: Path) -> Places:
    return Places(folder, "web-1", HOSTS, {f"/{name}": place for name, place in more.items()}, {8000: 4444})


def test_the_places_of_a_container_become_ours(tmp_path: Path) -> None:
    web, here = load()["web"], places(tmp_path, sources=tmp_path / "mine")
    environment = {name: here.here(value, web) for name, value in web.environment.items()}
    assert environment["WATERCOOLER_HOME"] == str(tmp_path / "data")
    assert environment["WATERCOOLER_SOURCES_DIR"] == str(tmp_path / "mine")
    assert environment["WATERCOOLER_BROKER_URL"] == "redis://127.0.0.1:1111/0"
    assert environment["WATERCOOLER_MAIL_URL"] == "smtp://127.0.0.1:3333"
    assert environment["WATERCOOLER_DATABASE_URL"].endswith(":watercooler@127.0.0.1:2222/watercooler")
    assert (
        here.here("2027a=/keys/a.pem, 2027b=/keys/b.pem", web)
        == f"2027a={tmp_path}/keys/a.pem, 2027b={tmp_path}/keys/b.pem"
    )
    assert here.here("https://news.example/data/redis", web) == "https://news.example/data/redis"
    assert here.here("/tmp/watercooler-beat", web) == f"{tmp_path}/scratch/web-1/tmp/watercooler-beat"


def test_a_copy_has_a_name_and_a_port_of_its_own(tmp_path: Path) -> None:
    here, services = places(tmp_path), load()
    assert here.command(["-n", "crawl@%h"], services["crawl"]) == ["-n", "crawl@web-1"]
    assert here.command(services["web"].command, services["web"])[-4:] == ["--host", "127.0.0.1", "--port", "4444"]
    check = services["web"].check
    assert check
    assert "127.0.0.1:4444/health/live" in here.command(check.test, services["web"])[-1]


def test_a_clock_is_shifted_to_the_story(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 21, 19, 30, 5, tzinfo=UTC)
    for story in (datetime(2027, 3, 5, 7, tzinfo=UTC), datetime(2025, 3, 5, 7, tzinfo=UTC)):
        monkeypatch.setenv("WATERCOOLER_CLOCK", shift(story, now))
        assert now + Settings.from_env().clock == story


def mail(link: str, text: str = "Season 2 is confirmed.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "ann@example.org", "News"
    message["Message-ID"], message["List-Unsubscribe"] = (
        f"<{link}@example.org>",
        f"<https://w.example/unsubscribe/{link}>",
    )
    message.set_content(f"{text}\nhttps://w.example/view/{link}\nhttp://127.0.0.1:1/article\n")
    return message.as_bytes()


def side(*mails: bytes, **books: Counter[tuple[str, ...]]) -> Side:
    return Side(Books(**books), Counter(), mails)


def faults(lines: list[Line]) -> list[str]:
    return [f"{line.what}: {fault}" for line in lines for fault in line.faults]


def test_two_sides_that_say_the_same_are_equal() -> None:
    claims = Counter([("Harbour Lights", "season 2", "confirmed")])
    assert (
        faults(compare(side(mail("A.1"), claims=claims), side(mail("B.2"), claims=claims), "https://w.example")) == []
    )


def test_what_one_side_says_and_the_other_does_not_is_shown() -> None:
    claims = Counter([("Harbour Lights", "season 2", "rumour")])
    lines = compare(side(mail("A.1"), claims=claims), side(mail("A.1", "Nothing is known.")), "https://w.example")
    found = faults(lines)
    assert {line.what for line in lines if line.faults} == {"claims", "lines of mails", "texts of mails"}
    assert any("missing" in fault and "Season 2" in fault for fault in found)
    assert any("too many" in fault and "Nothing is known." in fault for fault in found)


def test_a_mail_less_is_shown() -> None:
    assert any(
        fault.startswith("mails: missing") for fault in faults(compare(side(mail("A")), side(), "https://w.example"))
    )


def test_other_peoples_links_stay_as_they_are() -> None:
    assert plain("http://outlet.example/view/a https://w.example/view/b", "https://w.example") == (
        "http://outlet.example/view/a <ours>/view"
    )


def test_the_minute_of_the_digest_before_does_not_count() -> None:
    since = "What is new since Fri 5 Mar 2027, 07:0{} (Europe/London). It starts at 20:30."
    assert plain(since.format(0), "https://w.example") == plain(since.format(1), "https://w.example")
    assert "20:30" in plain(since, "https://w.example")


def test_the_table_shows_the_first_differences(capsys: pytest.CaptureFixture[str]) -> None:
    show([Line("claims", 99, 1, tuple(f"missing: {n}" for n in range(20))), Line("mails", 2, 2)], "embedded", "scaled")
    said = capsys.readouterr()
    assert "99" in said.out
    assert "claims: missing: 0" in said.err
    assert f"and {20 - SHOWN} more" in said.err


def test_copies_are_given_as_compose_gives_them() -> None:
    assert _scale(["crawl=2", "mail=3"]) == {"crawl": 2, "mail": 3}
    with pytest.raises(UsageError, match="SERVICE=NUMBER"):
        _scale(["crawl"])


SLEEP = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True); print('up', flush=True); time.sleep(60)"


def sleeper(name: str = "sleeper", *, check: Check | None = None, restart: str = "unless-stopped") -> Service:
    """A service whose process has a child in a session of its own, as a crawl has."""
    return Service(name, True, (sys.executable, "-c", SLEEP), {}, check, restart=restart, grace=5)


@pytest.fixture
def minder() -> Iterator[Minder]:
    with Minder() as minder:
        yield minder


def crew_of(folder: Path, minder: Minder, *services: Service, **scale: int) -> Crew:
    return Crew({service.name: service for service in services}, folder, minder, hosts={}, scale=scale)


def wait_for(done: Callable[[], bool], *, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)  # other processes do it, and tell nobody


def test_who_is_killed_is_started_again_and_takes_its_children_along(tmp_path: Path, minder: Minder) -> None:
    with crew_of(tmp_path, minder, sleeper()) as crew:
        crew.start()
        wait_for(lambda: len(crew.processes()) == 2)
        before = set(crew.processes())
        crew.kill("sleeper-1", whole=False)
        wait_for(lambda: crew.container("sleeper-1").starts == 2 and len(crew.processes()) == 2)
        assert not before & set(crew.processes())
        assert "ended with -9" in crew.log("sleeper-1").read_text()
    assert crew.processes() == []


def test_who_ends_at_once_is_started_ever_more_rarely(tmp_path: Path, minder: Minder) -> None:
    service = Service("brief", True, ("false",), {}, restart="unless-stopped")
    container = Container(service, "brief-1", places(tmp_path), f"{minder.mark}/brief-1.", {}, tmp_path / "log")
    container.start(0.0)
    now, waits = 0.0, []
    for _ in range(12):
        process = container.process
        assert process
        process.wait()
        container.look_after(now, heal=True)
        waits.append(container._due - now)
        now = container._due
        container.look_after(now, heal=True)
    container.see_off(0)
    assert waits[:4] == pytest.approx([0.2, 0.4, 0.8, 1.6])
    assert waits[-1] == pytest.approx(BACK_OFF[1])


def test_who_is_stopped_gets_its_grace_and_is_not_started_again(tmp_path: Path, minder: Minder) -> None:
    with crew_of(tmp_path, minder, sleeper(), sleeper("other"), other=2) as crew:
        crew.start()
        assert crew.names == ["sleeper-1", "other-1", "other-2"]
        crew.stop("other-1")
        assert crew.names == ["sleeper-1", "other-2"]
        assert crew.container("other-1").exit_code == -signal.SIGTERM


def test_a_one_shot_that_fails_stops_the_start(tmp_path: Path, minder: Minder) -> None:
    once = Service("once", True, ("sh", "-c", "echo the schema is newer than the program; exit 3"), {})
    later = Service(
        "later", True, ("sleep", "60"), {}, needs={"once": "service_completed_successfully"}, restart="always"
    )
    with crew_of(tmp_path, minder, later, once) as crew:
        with pytest.raises(CrewError, match="once-1 ended with 3: the schema is newer"):
            crew.start("later")
        assert crew.names == []


def test_health_is_judged_as_docker_does(tmp_path: Path, minder: Minder) -> None:
    check = Check(("sh", "-c", "test -e well"), interval=0.1, timeout=5, retries=2, start_interval=0.1, start_period=0)
    with crew_of(tmp_path, minder, sleeper(check=check)) as crew:
        crew.start()
        assert crew.health() == {"sleeper-1": "starting"}
        with pytest.raises(CrewError, match="sleeper-1 is"):
            crew.wait_healthy(0.1)
        wait_for(lambda: crew.container("sleeper-1").starts > 1)  # unhealthy: started anew
        (tmp_path / "data" / "well").touch()
        crew.wait_healthy(15)


def test_nothing_outlives_a_launcher_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from scaled.leftovers import Minder
from scaled.servers import Redis
from tests.test_scaled import crew_of, sleeper
with Minder() as minder, Redis(minder=minder) as redis, crew_of(Path({str(tmp_path)!r}), minder, sleeper()) as crew:
    crew.start()
    while len(crew.processes()) < 2:
        time.sleep(0.02)
    print(minder.mark, redis.port, redis.folder, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        mark, port, folder = launcher.stdout.readline().split()
        assert len(leftovers.bearing(mark)) >= 2
        launcher.kill()
    wait_for(lambda: not leftovers.bearing(mark) and not Path(folder).exists())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port)), 1)


@servers
def test_servers_keep_what_they_hold_over_a_kill() -> None:
    with Postgres() as postgres, Redis() as redis:
        postgres.create("kept")
        assert redis.ask("SET a kept") == "+OK"
        where = postgres.address, redis.address
        for server in (postgres, redis):
            server.kill()
            server.start()
        assert redis.ask("STRLEN a") == ":4"
        with pytest.raises(Exception, match="already exists"):
            postgres.create("kept")
        assert (postgres.address, redis.address) == where
    assert not postgres.folder.exists()


@servers
def test_a_server_that_does_not_start_says_why() -> None:
    with Redis() as first, pytest.raises(ServerError, match=r"redis does not start: .*bind"), Redis(port=first.port):
        pass


@pytest.mark.timeout(240)
@servers
def test_what_compose_starts_reads_an_outlet_and_mails_a_digest(tmp_path: Path) -> None:
    """Every process of docker-compose.yml, by its own command and health check, over real servers."""
    with Outlets() as sites:
        for path in sites.write_sources(tmp_path / "sources")[1:]:
            path.unlink()
        with Rig(tmp_path, variables=variables(sites)) as rig, telling(rig):
            kit = Kit(open_services(rig.settings))
            prepare(kit, NOW[0])
            rig.crew.start(settings={"WATERCOOLER_CLOCK": shift(NOW[0], datetime.now(UTC))})
            rig.crew.wait_healthy(60)
            assert rig.crew.health() == dict.fromkeys(["crawl-1", "ingest-1", "mail-1", "beat-1", "web-1"], "healthy")
            wait_until(lambda: is_quiet(kit, since=NOW[0]), "the outlet is read", 60)
            order(rig.crew.address("web-1"))
            wait_until(lambda: bool(rig.mails), "a mail comes", 60)
            rig.crew.stop()
            ends = {name: rig.crew.container(f"{name}-1").exit_code for name in rig.services if name not in HOSTS}
            kit.services.close()
    assert b"Harbour Lights" in rig.mails[0]
    assert ends.pop("web") in (0, -signal.SIGTERM)
    assert set(ends.values()) == {0}, "a graceful stop"
    assert rig.crew.processes() == []
