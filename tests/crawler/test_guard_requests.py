"""The address guard the way a request goes: what a URL connects to, through Scrapy and Twisted, in every spelling."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "93.184.216.34"
ANSWERS = {
    "public.example": [PUBLIC],
    "public.example.": [PUBLIC],
    "xn--bcher-kva.example": [PUBLIC],
    "127.0.0.1.example": [PUBLIC],
    "loop.example": ["127.0.0.7"],
    "zero.example": ["0.0.0.0"],
    "lan.example": ["192.168.1.10"],
    "metadata.example": ["169.254.169.254"],
    "cgnat.example": ["100.64.0.1"],
    "broadcast.example": ["255.255.255.255"],
    "turning.example": [PUBLIC, "127.0.0.7"],
    "turned.example": ["127.0.0.7", PUBLIC],
    "named.example": ["127.0.0.1"],
}
NO, LOOKED_UP = "refused before anything is asked", "refused by what the name leads to"

# a URL, and where it connects to (host and port), or why nowhere
CASES: list[tuple[str, str | tuple[str, int]]] = [
    # IPv4 in all its spellings
    ("http://127.0.0.1/", NO),
    ("http://127.0.0.1:8080/", NO),
    ("http://127.255.255.254/", NO),
    ("http://2130706433/", NO),
    ("http://0x7f000001/", NO),
    ("http://0X7F.0X0.0X0.0X1/", NO),
    ("http://017700000001/", NO),
    ("http://0177.0.0.01/", NO),
    ("http://00000177.0.0.1/", NO),
    ("http://127.1/", NO),
    ("http://127.0.1/", NO),
    ("http://0x7f.1/", NO),
    ("http://0177.0.0.0x1/", NO),
    ("http://0/", NO),
    ("http://0.0.0.0:8080/", NO),
    ("http://127.0.0.1./", NO),
    ("http://127.1./", NO),
    ("http://10.0.0.1/", NO),
    ("http://167772161/", NO),
    ("http://172.16.0.1/", NO),
    ("http://192.168.257/", NO),
    ("http://192.168.0.1:443/", NO),
    ("http://169.254.169.254/latest/meta-data/", NO),
    ("http://2852039166/latest/meta-data/", NO),
    ("http://0xa9fea9fe/", NO),
    ("http://100.64.0.1/", NO),
    ("http://192.0.0.1/", NO),
    ("http://192.0.2.1/", NO),
    ("http://198.18.0.1/", NO),
    ("http://198.51.100.1/", NO),
    ("http://203.0.113.1/", NO),
    ("http://192.88.99.1/", NO),
    ("http://224.0.0.1/", NO),
    ("http://240.0.0.1/", NO),
    ("http://255.255.255.255/", NO),
    ("http://4294967297/", LOOKED_UP),
    ("http://256.256.256.256/", LOOKED_UP),
    (f"http://{PUBLIC}/", (PUBLIC, 80)),
    ("http://1572395042/", (PUBLIC, 80)),
    # IPv6
    ("http://[::1]/", NO),
    ("http://[::]/", NO),
    ("http://[0:0:0:0:0:0:0:1]/", NO),
    ("http://[::1%25lo]/", NO),
    ("http://[fe80::1]/", NO),
    ("http://[fe80::1%25eth0]/", NO),
    ("http://[fe80::1%eth0]/", NO),
    ("http://[fc00::1]/", NO),
    ("http://[fec0::1]/", NO),
    ("http://[ff02::1]/", NO),
    ("http://[2001:db8::1]/", NO),
    ("http://[3fff::1]/", NO),
    ("http://[::ffff:127.0.0.1]/", NO),
    ("http://[::FFFF:7F00:1]/", NO),
    ("http://[::ffff:0:127.0.0.1]/", NO),
    ("http://[::127.0.0.1]/", NO),
    ("http://[64:ff9b::7f00:1]/", NO),
    ("http://[64:ff9b:1::a00:1]/", NO),
    ("http://[2002:7f00:1::]/", NO),
    ("http://[2002:c0a8:101::1]/", NO),
    ("http://[2001:0:0:0:0:0:80ff:fffe]/", NO),
    ("http://[127.0.0.1]/", NO),
    ("http://[::1/", NO),
    # names
    ("http://localhost/", NO),
    ("http://LocalHost.:8080/", NO),
    ("http://a.localhost/", NO),
    ("http://localhost.localdomain/", NO),
    ("http://loop.example:8080/", LOOKED_UP),
    ("http://LOOP.example:8080/", LOOKED_UP),
    ("http://zero.example:8080/", LOOKED_UP),
    ("http://lan.example/", LOOKED_UP),
    ("https://metadata.example/", LOOKED_UP),
    ("http://cgnat.example/", LOOKED_UP),
    ("http://broadcast.example/", LOOKED_UP),
    ("http://nobody.example/", LOOKED_UP),
    ("http://public.example/", (PUBLIC, 80)),
    ("https://public.example/", (PUBLIC, 443)),
    ("http://PUBLIC.EXAMPLE:8080/", (PUBLIC, 8080)),
    ("http://public.example./", (PUBLIC, 80)),
    ("http://public.example:/", (PUBLIC, 80)),
    ("http://bücher.example/", (PUBLIC, 80)),
    ("http://127.0.0.1.example/", (PUBLIC, 80)),
    # digits and dots that are folded into others, percent signs
    ("http://１２７.０.０.１/", NO),
    ("http://①②⑦.⓪.⓪.①/", NO),
    ("http://127。0。0。1/", NO),
    ("http://127．0．0｡1/", NO),
    ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", NO),
    ("http://loc\u00adalhost/", NO),
    ("http://127.0.0.%31/", NO),
    ("http://%31%32%37.0.0.1/", NO),
    ("http://127.0.0.1%20.public.example/", NO),
    ("http://127.0.0.1%00.public.example/", NO),
    ("http://127.0.0.1%09/", NO),
    # who is the host?
    ("http://public.example@127.0.0.1/", NO),
    ("http://127.0.0.1@public.example/", NO),
    ("http://127.0.0.1:80@public.example/", NO),
    ("http://public.example:80@127.0.0.1:8080/", NO),
    ("http://public.example:80%40127.0.0.1/", NO),
    ("http://127.0.0.1\\@public.example/", NO),
    ("http://public.example\\@127.0.0.1/", (PUBLIC, 80)),
    ("http://127.0.0.1#@public.example/", NO),
    ("http://public.example#@127.0.0.1/", (PUBLIC, 80)),
    ("http://127.0.0.1?@public.example/", NO),
    ("http:///127.0.0.1/", NO),
    ("http://:80/", NO),
    ("http:127.0.0.1", NO),
    ("//127.0.0.1/", NO),
    # ports
    ("http://public.example:22/", NO),
    ("http://public.example:25/", NO),
    ("http://public.example:6379/", NO),
    ("http://public.example:0/", NO),
    ("http://public.example:99999/", NO),
    ("http://public.example:-80/", NO),
    ("http://public.example:80:22/", NO),
    ("http://public.example:8_0/", NO),
    ("http://public.example:８０/", NO),
    ("https://public.example:8443/", (PUBLIC, 8443)),
    # schemes
    ("file:///etc/hostname", NO),
    ("FILE:///etc/hostname", NO),
    ("ftp://public.example/", NO),
    ("gopher://public.example/", NO),
    ("data:text/html,<h1>x</h1>", NO),
    ("javascript:alert(1)", NO),
    ("s3://bucket/key", NO),
    ("ws://public.example/", NO),
    ("unix:///var/run/docker.sock", NO),
]

# a proxy, a URL to be read through it, and where that connects to
THROUGH: list[tuple[str, str, str | tuple[str, int]]] = [
    ("http://public.example:3128", "http://public.example/", (PUBLIC, 3128)),
    ("http://public.example:3128", "https://public.example/", (PUBLIC, 3128)),
    (f"http://{PUBLIC}:3128", "https://public.example/", (PUBLIC, 3128)),
    ("http://public.example:3128", "http://127.0.0.1/", NO),
    ("http://public.example:3128", "http://2130706433/", NO),
    ("http://public.example:3128", "http://127.0.0.%31/", NO),
    ("http://public.example:3128", "http://localhost/", NO),
    ("http://public.example:3128", "https://169.254.169.254/", NO),
    ("http://public.example:3128", "http://[::1]/", NO),
    ("http://public.example:3128", "http://public.example:22/", NO),
    ("http://127.0.0.7:8080", "http://public.example/", NO),
    ("http://127.0.0.7:8080", "https://public.example/", NO),
    ("http://0x7f000007:8080", "https://public.example/", NO),
    ("http://loop.example:8080", "http://public.example/", LOOKED_UP),
    ("http://loop.example:8080", "https://public.example/", LOOKED_UP),
    ("http://public.example:99999", "http://public.example/", NO),
    ("http://public.example:0", "http://public.example/", NO),
    ("socks5://public.example:1080", "http://public.example/", NO),
]


@dataclass(frozen=True)
class Asked:
    """What became of one request: the error or status, the names looked up, the addresses connected to."""

    error: str
    status: int
    names: list[str]
    to: list[tuple[str, int]]


def ask(requests: list[dict[str, str]], *allow: str, **settings: Any) -> list[Asked]:
    """Asks for the URLs in a process of its own."""
    task = {"requests": requests, "allow": allow, "answers": ANSWERS, "settings": settings}
    command = [sys.executable, "-m", "tests.crawler.guarded"]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, cwd=ROOT, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(requests), done.stderr[-2000:]
    return [Asked(**{**line, "to": [(host, port) for host, port in line["to"]]}) for line in lines]


class House(ThreadingHTTPServer):
    """A server that notes each connection, and redirects `/hops/N?URL` in N steps to the URL."""

    daemon_threads = True
    visits = 0

    def get_request(self) -> Any:
        self.visits += 1
        return super().get_request()


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path)
        hops = int(path.path.rpartition("/")[2] or 0)
        self.send_response(302 if hops else 200)
        if hops:
            onwards = f"/hops/{hops - 1}?{path.query}" if hops > 1 else parse_qs(path.query)["url"][0]
            self.send_header("Location", onwards)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def _open(address: tuple[str, int]) -> House:
    house = House(address, Door)
    threading.Thread(target=house.serve_forever, daemon=True).start()
    return house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """What is to be guarded: it listens where `loop.example` leads, on a port of the web."""
    try:
        server = _open(("127.0.0.7", 8080))
    except OSError:
        pytest.skip("this machine has just one loopback address, or the port is taken")
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def door() -> Iterator[House]:
    """A server of the allow-list."""
    server = _open(("127.0.0.1", 0))
    yield server
    server.shutdown()


def port(server: House) -> int:
    return int(server.server_address[1])


@pytest.fixture(scope="module")
def verdicts(house: House) -> tuple[list[Asked], list[Asked]]:
    """All of both tables, in one process."""
    requests = [{"url": url} for url, _ in CASES] + [{"url": url, "proxy": proxy} for proxy, url, _ in THROUGH]
    found = ask(requests)
    return found[: len(CASES)], found[len(CASES) :]


def check(asked: Asked, expected: str | tuple[str, int]) -> None:
    if isinstance(expected, tuple):
        assert asked.to == [expected]
    else:
        assert (asked.to, asked.status) == ([], 0)
        assert expected == LOOKED_UP or not asked.names


@pytest.mark.parametrize("case", range(len(CASES)), ids=[url for url, _ in CASES])
def test_where_a_url_connects_to(verdicts: tuple[list[Asked], list[Asked]], case: int) -> None:
    check(verdicts[0][case], CASES[case][1])


@pytest.mark.parametrize("case", range(len(THROUGH)), ids=[f"{url} through {proxy}" for proxy, url, _ in THROUGH])
def test_where_a_url_connects_to_through_a_proxy(verdicts: tuple[list[Asked], list[Asked]], case: int) -> None:
    check(verdicts[1][case], THROUGH[case][2])


def test_nobody_came_to_the_house(house: House, verdicts: tuple[list[Asked], list[Asked]]) -> None:
    assert verdicts
    assert house.visits == 0


def test_the_address_that_is_judged_is_the_one_connected_to(house: House) -> None:
    """A name whose second answer is private: nobody asks a second time, or the second answer is judged, too."""
    house.visits = 0
    turning = [{"url": "http://turning.example:8080/"}] * 3
    assert [(asked.names, asked.to) for asked in ask(turning)] == [
        (["turning.example"], [(PUBLIC, 8080)]),
        ([], [(PUBLIC, 8080)]),
        ([], [(PUBLIC, 8080)]),
    ]
    uncached = ask(turning, DNSCACHE_ENABLED=False)
    assert [(asked.names, asked.to) for asked in uncached] == [
        (["turning.example"], [(PUBLIC, 8080)]),
        (["turning.example"], []),
        (["turning.example"], []),
    ]
    turned = ask([{"url": "http://turned.example:8080/"}] * 2, DNSCACHE_ENABLED=False)
    assert [asked.to for asked in turned] == [[], [(PUBLIC, 8080)]]
    assert house.visits == 0


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.7:8080/", "http://0x7f000007:8080/", "http://loop.example:8080/", "file:///etc/hostname"],
)
def test_no_hop_of_a_redirect_leads_into_the_house(house: House, door: House, target: str) -> None:
    house.visits = 0
    start = f"http://127.0.0.1:{port(door)}/hops"
    found = ask([{"url": f"{start}/{hops}?url={target}"} for hops in (1, 2, 4)], f"127.0.0.1:{port(door)}")
    for hops, asked in zip((1, 2, 4), found, strict=True):
        assert len(asked.to) <= hops  # a connection is kept between hops
        assert set(asked.to) <= {("127.0.0.1", port(door))}
        assert not asked.status or not target.startswith("http")
    assert house.visits == 0


def test_a_redirect_within_the_allow_list_is_followed(door: House) -> None:
    """The door does answer: the tests above would notice a guard that refuses all."""
    here = f"127.0.0.1:{port(door)}"
    (asked,) = ask([{"url": f"http://{here}/hops/2?url=http://{here}/hops/0"}], here)
    assert asked.status == 200


def test_the_allow_list_opens_exactly_host_and_port(house: House, door: House) -> None:
    house.visits = 0
    here = f"127.0.0.1:{port(door)}"
    urls = [
        f"http://{here}/",
        f"http://named.example:{port(door)}/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/",
        f"http://2130706433:{port(door)}/",
        f"http://127.1:{port(door)}/",
        f"http://localhost:{port(door)}/",
        f"http://127.0.0.7:{port(door)}/",
        "http://named.example/",
        "http://loop.example:8080/",
    ]
    found = ask([{"url": url} for url in urls], here, f"named.example:{port(door)}")
    assert [asked.status for asked in found] == [200, 200] + [0] * 8
    assert house.visits == 0
    (named,) = ask([{"url": "http://loop.example:8080/"}], "loop.example:8080")
    assert (named.status, house.visits) == (200, 1)


def test_a_private_proxy_must_be_in_the_allow_list(door: House) -> None:
    here = f"127.0.0.1:{port(door)}"
    requests = [{"url": "http://public.example/", "proxy": f"http://{here}"}]
    assert [asked.status for asked in ask(requests)] == [0]
    assert [asked.status for asked in ask(requests, here)] == [200]
