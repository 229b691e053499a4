"""Two replayed sites whose servers misbehave: a crawl ends in time and within memory, says what was wrong with each
spoiled page, reads all others as if nothing had happened, and is never led astray.

Several faults share a crawl where they do not disturb each other; `python -m evaluation.faults` has each alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import pytest

from evaluation.faults import SITES, Crawled, Rule, crawl_sites, rule

pytestmark = pytest.mark.timeout(300)  # the ports are fixed: with several workers, run with --dist loadfile

MEGABYTES = 300
LAST_OF_US, BEAR, FROM = "/2022/06/17/*", "/2023/01/25/*", "/2023/02/20/*"
DEAD, SILO, LONG = "/2023/04/06/*", "/2023/04/30/*", "/2023/05/05/*"
SPANISH, KOREAN, JULY, STRIKE = "/2023/05/22/*", "/2023/06/07/*", "/2023/07/02/*", "/2023/07/06/*"
E_DARK, E_SILO, E_HIJACK = (f"/pilot-of-the-week-{name}.html" for name in ("dark", "silo", "hijack"))
E_SQUID, E_WHY = "/squid-game-reality-casting-window.html", "/why-every-show-has-a-lighthouse-now.html"


@dataclass(frozen=True)
class Case:
    """Faults of one crawl: `lost` are pages and their reason codes; `spoiled` ones come, but not as they were.

    `said` are the reasons of pages that are no articles, such as feeds.
    """

    rules: list[Rule]
    lost: dict[str, str] = field(default_factory=dict)
    spoiled: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=dict)
    seconds: float = 30


def ready(name: str) -> list[Rule]:
    """The rules of a file that comes with the replay; none when it is not here: then no test runs."""
    path = SITES / "faults" / f"{name}.json"
    found: list[Rule] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return found


CASES = {
    "transient": Case(ready("transient")),
    "silence": Case(
        [
            rule("hang", path=JULY),
            rule("slow", path=SILO),
            rule("slow_headers", path=DEAD),
            rule("hang", "isso", "/robots.txt"),
        ],
        lost={JULY: "timeout", SILO: "timeout", DEAD: "timeout"},
        spoiled=("/*.html",),  # their threads are behind the robots.txt that does not come
        said={"/": "timeout"},
        seconds=50,
    ),
    "answers without an end": Case(
        [
            rule("big_body", path=LAST_OF_US),
            rule("big_body", path=DEAD, chunked=1),
            rule("gzip_bomb", path=FROM, mb=1024),
            rule("redirect_loop", path=LONG),
            rule("redirect_self", path=SILO),
            rule("bad_gzip", path=SPANISH),
            rule("bad_chunked", path=JULY),
            rule("truncate", path=STRIKE),
            rule("trap", path="/tag/*"),
            rule("header_flood", "e", E_SQUID),
            rule("bad_gzip", "isso", "/?*why-every-show-has-a-lighthouse-now.html*"),
        ],
        lost={
            LAST_OF_US: "too-big",
            DEAD: "too-big",
            FROM: "too-big",
            LONG: "redirects",
            SILO: "redirects",
            SPANISH: "broken",
            JULY: "broken",
            STRIKE: "broken",
            E_SQUID: "no-text",
        },
        spoiled=(E_WHY,),
    ),
    "led astray": Case(
        [
            rule("redirect_private", path=path, target=target)
            for path, target in (
                (LAST_OF_US, "canary"), (DEAD, "canary2"), (FROM, "ssh"), (LONG, "localhost"), (SILO, "hex"),
                (SPANISH, "dword"), (JULY, "v6"), (STRIKE, "zero"), (KOREAN, "mapped"),
            )
        ]
        + [rule("meta_refresh", path=BEAR, target="canary")]
        + [
            rule("redirect_private", "e", path, target=target)
            for path, target in (
                (E_DARK, "file"), (E_SILO, "data"), (E_SQUID, "http://127.0.0.2:8080/"), (E_WHY, "http://[::1/"),
            )
        ],
        lost=dict.fromkeys(
            (LAST_OF_US, DEAD, FROM, LONG, SILO, SPANISH, JULY, STRIKE, KOREAN, BEAR, E_SQUID), "refused"
        )
        | {E_DARK: "redirects", E_SILO: "redirects", E_WHY: "error"},
    ),
    "spoiled text": Case(
        [
            rule("malformed_html", path=DEAD, variant="soup"),
            rule("malformed_html", path=JULY, variant="cut"),
            rule("malformed_html", path=STRIKE, variant="comment"),
            rule("deep_html", path=LONG),
            rule("soft404", path=FROM),
            rule("xml_bomb", path="/feed/"),
            rule("bad_feed", path="/feed/atom/"),
            rule("xxe", "e", "/feeds/all.rss.xml"),
            rule("wrong_type", "e", E_SILO, type="image/jpeg"),
            rule("wrong_type", "e", E_SQUID),
            rule("empty", "e", E_DARK),
            rule("wrong_type", "isso", "/?*pilot-of-the-week-hijack.html*", type="text/html"),
        ],
        # JULY is cut off before its text begins
        lost={LONG: "error", E_SILO: "not-html", E_DARK: "empty", JULY: "no-text", FROM: "not-found"},
        spoiled=(DEAD, STRIKE),
    ),
    "spoiled letters": Case(
        [
            rule("wrong_charset", path=SPANISH, variant="cp1252_as_utf8"),
            rule("wrong_charset", path=DEAD, variant="utf8_as_latin1"),
            rule("wrong_charset", path=STRIKE, variant="utf16"),
            rule("wrong_charset", path=SILO, variant="unknown"),
            rule("wrong_charset", path=KOREAN, variant="euckr"),
            rule("xml_bomb", path="/feed/", variant="quadratic"),
            rule("empty", "e", "/feeds/all.atom.xml"),
        ],
        said={"/feed/": "not-xml", "/feeds/all.atom.xml": "empty"},
    ),
    "refusals": Case(
        [
            rule("http500", path=LAST_OF_US),
            rule("http502", path=DEAD),
            rule("http503", path=FROM, retry_after=1),
            rule("http403", path=LONG),
            rule("http404", path=SILO),
            rule("http410", path=SPANISH),
            rule("http429", path=JULY, retry_after=1),
            rule("always_304", path=STRIKE),
            rule("login_wall", path=KOREAN),
            rule("login_wall", path="/wp-login.php"),
            rule("reset", "e", E_DARK),
            rule("reset_mid", "e", E_SILO),
            rule("cookie_wall", "e", E_HIJACK),
            rule("http429", "e", E_WHY, retry_after=1, date=1),
        ],
        lost={
            LAST_OF_US: "http-500",
            DEAD: "http-502",
            FROM: "http-503",
            LONG: "http-403",
            SILO: "http-404",
            SPANISH: "",
            JULY: "http-429",
            STRIKE: "http-304",
            KOREAN: "login-wall",
            E_DARK: "unreachable",
            E_SILO: "broken",
            E_HIJACK: "redirects",
            E_WHY: "http-429",
        },
    ),
    "robots": Case(
        [
            rule("robots_disallow", path="/robots.txt", deny="/2023/07/"),
            rule("robots_500", "e", "/robots.txt"),
            rule("robots_html", "isso", "/robots.txt"),
        ],
        lost={JULY: "robots", STRIKE: "robots", "/*.html": ""},
        said={"/": "robots"},
    ),
}  # fmt: skip


def matches(path: str, patterns: Any) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


@pytest.fixture(scope="module")
def whole(replay: Any) -> Crawled:
    """The sites as they are when nothing is wrong."""
    replay.ctl("/reset")
    found = crawl_sites()
    assert not found.error
    assert (len(found.articles()), sum(len(thread.comments) for thread in found.threads().values())) == (15, 37)
    return found


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest, replay: Any, whole: Crawled) -> Iterator[tuple[Case, Crawled, list[Any]]]:
    found = CASES[request.param]
    replay.ctl("/reset")
    replay.ctl("/fault", found.rules)
    yield found, crawl_sites(), replay.log()
    replay.ctl("/reset")


def test_a_crawl_survives(case: tuple[Case, Crawled, list[Any]], whole: Crawled) -> None:
    wanted, crawled, log = case
    assert crawled.error == ""
    assert crawled.seconds < wanted.seconds
    assert crawled.megabytes < MEGABYTES
    assert not [entry for entry in log if entry["how"] == "CANARY"]
    for pattern, reason in {**wanted.lost, **wanted.said}.items():
        assert set(crawled.reasons(pattern)) == ({reason} if reason else set()), pattern
    touched = (*wanted.lost, *wanted.spoiled)
    articles, threads = crawled.articles(), crawled.threads()
    for path, article in whole.articles().items():
        assert (path in articles) is not matches(path, wanted.lost), path
        if not matches(path, touched):
            assert (articles[path], threads.get(path)) == (article, whole.threads().get(path))
    assert set(articles) <= set(whole.articles())


def test_secrets_of_the_machine_do_not_get_into_what_was_read(case: tuple[Case, Crawled, list[Any]]) -> None:
    text = " ".join(f"{article.title} {article.text}" for article in case[1].articles().values())
    assert "CANARY-SECRET" not in text
    assert "XXE-TITLE" not in text
