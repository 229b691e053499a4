"""Reading a site again and again: what is asked, what is remembered, what moved, what is gone, who may ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.items import Article
from crawler.plan import Recalled
from crawler.run import crawl
from crawler.source import Source
from tests.factories import NOW
from tests.site import TEXT, Answer, Site, discussion, page
from worker import tasks
from worker.cli import main
from worker.ingest.article import IngestTally
from worker.ingest.crawl import CrawlTally, plan_crawl, run_crawl
from worker.tasks import Kit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Site() as found:
        found.answers |= {"/feed": found.feed("one", "two"), "/one": page("One"), "/two": page("Two", TEXT * 4)}
        monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", found.netloc)
        yield found


def source(site: Site, path: str = "/feed", **values: Any) -> Source:
    return Source.model_validate(
        {"name": "s", "start_urls": [site.base + path], "pace": {"delay": 0.0}, "discovery": "feed", **values}
    )


def read(kit: Kit, own: Source, after: timedelta = timedelta(0)) -> tuple[CrawlTally, IngestTally]:
    kit.shelf.sources = {own.name: own}  # type: ignore[misc]
    return tasks.read(kit, [own], NOW + after)


def state(kit: Kit) -> tuple[str, str]:
    with kit.store.begin() as tx:
        found = tx.sources.states()["s"]
        return found.state, found.reason


def stored(kit: Kit) -> dict[str, Any]:
    with kit.store.begin() as tx:
        urls = [row.stored.article.url for row in tx.articles.rows()]
        return {url.rpartition("/")[2]: tx.articles.by_url(url) for url in urls}


def test_an_unchanged_source_costs_one_question_and_robots_none(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    assert sorted(site.asked) == ["/feed", "/one", "/robots.txt", "/two"]
    site.log.clear()
    tally, _ = read(kit, source(site), 30 * timedelta(minutes=1))
    assert [(path, "If-None-Match" in headers) for path, headers in site.log] == [("/feed", True)]
    assert (tally.total("unchanged"), tally.total("fetched")) == (1, 0)
    site.log.clear()
    read(kit, source(site), 25 * HOUR)
    assert site.asked[:2] == ["/robots.txt", "/feed"]


def test_what_robots_said_holds_for_a_day(site: Site, kit: Kit) -> None:
    site.answers["/robots.txt"] = Answer("User-agent: *\nDisallow: /two\nCrawl-delay: 0.1\n")
    read(kit, source(site))
    site.answers["/robots.txt"] = Answer("")
    site.answers["/feed"] = site.feed("two", "three")
    site.answers["/three"] = page("Three", TEXT * 6)
    site.log.clear()
    read(kit, source(site), 30 * timedelta(minutes=1))
    assert sorted(site.asked) == ["/feed", "/three"]


def test_articles_are_visited_again_and_changes_and_comments_are_found(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    site.answers["/one"] = page("One", TEXT * 5 + "\nFilming has begun in the north, the network says.")
    site.answers["/two"] = page("Two", TEXT * 4, discussion("I knew it!", "So did I."))
    _, early = read(kit, source(site), timedelta(minutes=50))
    assert (early.versions, early.comments) == (0, 0)
    _, later = read(kit, source(site), HOUR)
    assert (later.articles, later.versions, later.comments) == (0, 1, 2)
    _, again = read(kit, source(site), 90 * timedelta(minutes=1))
    assert (again.versions, again.comments) == (0, 0)


def test_a_source_says_how_its_articles_are_looked_at_again(site: Site, kit: Kit) -> None:
    own = source(site, revisit={"pages": 1})
    read(kit, own)
    site.log.clear()
    read(kit, own, HOUR)
    assert len(site.asked) == 2
    site.log.clear()
    read(kit, source(site, revisit={"enabled": False}), 2 * HOUR)
    assert site.asked == ["/feed"]


def test_a_page_that_is_gone_is_asked_for_no_more(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    site.answers["/one"] = Answer("gone", 410)
    tally, _ = read(kit, source(site), HOUR)
    assert tally.failures == []
    site.answers["/feed"] = site.feed("one", "two", "three")
    site.answers["/three"] = page("Three", TEXT * 6)
    site.log.clear()
    read(kit, source(site), 9 * HOUR)
    assert "/one" not in site.asked
    assert set(stored(kit)) == {"one", "two", "three"}, "what it said stays"


def test_an_article_that_moved_for_good_stays_the_same_article(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    before = stored(kit)["one"].id
    site.answers["/one"] = Answer("", 301, {"Location": "/new-one"})
    site.answers["/new-one"] = page("One", TEXT * 5 + "\nFilming has begun in the north, the network says.")
    _, ingested = read(kit, source(site), HOUR)
    assert (ingested.articles, ingested.versions) == (0, 1)
    after = stored(kit)
    assert set(after) == {"new-one", "two"}
    assert after["new-one"].id == before
    site.answers["/feed"] = site.feed("one", "two")
    site.log.clear()
    read(kit, source(site), 2 * HOUR)
    assert "/one" not in site.asked


def test_a_detour_is_no_move(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    site.answers["/one"] = Answer("", 302, {"Location": "/elsewhere"})
    site.answers["/elsewhere"] = page("One")
    read(kit, source(site), HOUR)
    assert "one" in stored(kit)


def test_a_start_url_that_moved_is_told_to_the_operator(site: Site, kit: Kit) -> None:
    site.answers["/old-feed"] = Answer("", 301, {"Location": "/feed"})
    read(kit, source(site, "/old-feed"))
    assert state(kit) == (
        "ok",
        f"{site.base}/old-feed has moved for good to {site.base}/feed; correct the source file",
    )


def test_an_article_of_several_pages_is_one_and_half_of_it_is_no_rewriting(site: Site, kit: Kit) -> None:
    more = '<div class="page-links">Pages: 1 <a href="/one/2">2</a></div>'
    back = '<div class="page-links">Pages: <a href="/one">1</a> 2</div>'
    site.answers |= {
        "/feed": site.feed("one"),
        "/one": page("One", TEXT * 5, more),
        "/one/2": page("One", "The second page says that filming begins in May. " * 4, back),
    }
    _, ingested = read(kit, source(site))
    assert ingested.articles == 1
    text = stored(kit)["one"].article.text
    assert TEXT.strip() in text
    assert "The second page says" in text
    site.answers["/one/2"] = Answer("oops", 500)
    _, ingested = read(kit, source(site), HOUR)
    assert (ingested.versions, ingested.articles) == (0, 0)
    assert "The second page says" in stored(kit)["one"].article.text


def test_a_new_article_whose_second_page_fails_comes_as_far_as_it_does(site: Site, kit: Kit) -> None:
    more = '<div class="page-links">Pages: 1 <a href="/one/2">2</a></div>'
    site.answers |= {"/feed": site.feed("one"), "/one": page("One", TEXT * 5, more), "/one/2": Answer("oops", 500)}
    tally, ingested = read(kit, source(site))
    assert (ingested.articles, tally.stopped, state(kit)[0]) == (1, "", "ok")
    with kit.store.begin() as tx:
        (known,) = tx.sources.pages_at([f"{site.base}/one"]).values()
    assert (known.etag, known.thread) == (None, ()), "it is read whole the next time"


def test_a_crawl_that_is_interrupted_keeps_no_host_to_itself(site: Site, kit: Kit) -> None:
    with kit.store.begin() as tx:
        plan = plan_crawl(tx, [source(site)], NOW, allow_private=[site.netloc])

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(run_crawl(kit.store, plan, on_item=interrupt))
    with kit.store.begin() as tx:
        assert tx.hosts.busy(NOW) == set()


def test_a_feed_of_several_pages_is_followed_while_most_of_it_is_new(site: Site, kit: Kit) -> None:
    more = f'<atom:link rel="next" href="{site.base}/feed?paged=2"/>'
    site.answers["/feed"] = site.feed("one", "two").replace("<title>T", f"{more}<title>T", 1)
    site.answers["/feed?paged=2"] = site.feed("three")
    site.answers["/three"] = page("Three", TEXT * 6)
    _, ingested = read(kit, source(site))
    assert ingested.articles == 3
    site.answers["/feed"] = site.feed("four", "one", "two").replace("<title>T", f"{more}<title>T", 1)
    site.answers["/four"] = page("Four", TEXT * 7)
    site.log.clear()
    read(kit, source(site), 30 * timedelta(minutes=1))
    assert site.asked == ["/feed", "/four"]


def test_headers_and_cookies_go_to_the_sources_own_host_alone(
    site: Site, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = source(site, headers={"X-Key": "S_KEY"}, cookies={"session": "S_SESSION"})
    with Site() as other:
        other.answers["/two"] = page("Two", TEXT * 4)
        site.answers["/two"] = Answer("", 302, {"Location": f"{other.base}/two"})
        monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", f"{site.netloc},{other.netloc}")
        monkeypatch.setenv("S_KEY", "secret")
        read(kit, own)
        assert state(kit) == (
            "misconfigured",
            "the environment has no S_SESSION, which the source file names; set it where Watercooler is started",
        )
        assert site.log == []
        monkeypatch.setenv("S_SESSION", "abc")
        kit.services.settings.__dict__["allow_private_hosts"] = (site.netloc, other.netloc)
        read(kit, own, DAY)
        assert {(h.get("X-Key"), h.get("Cookie")) for _, h in site.log} == {("secret", "session=abc")}
        assert {(h.get("X-Key"), h.get("Cookie")) for _, h in other.log} == {(None, None)}
        assert "/two" in other.asked


def test_a_proxy_carries_everything_robots_too(site: Site, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as proxy:

        def through(handler: Any) -> Answer:
            answer = site.answers[handler.path.removeprefix("http://s.example")]
            return answer if isinstance(answer, Answer) else Answer(str(answer))

        site.answers["/feed"] = site.feed("one").replace(site.base, "http://s.example")
        proxy.answers |= {f"http://s.example/{path}": through for path in ("feed", "one")}
        monkeypatch.setenv("S_PROXY", f"http://ann:pass%20word@{proxy.netloc}")
        own = Source.model_validate(
            {
                "name": "s",
                "start_urls": ["http://s.example/feed"],
                "pace": {"delay": 0.0},
                "proxy": "$S_PROXY",
                "discovery": "feed",
            }
        )
        monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", proxy.netloc)
        kit.services.settings.__dict__["allow_private_hosts"] = (proxy.netloc,)
        _, ingested = read(kit, own)
        assert ingested.articles == 1
        assert proxy.asked == [f"http://s.example/{path}" for path in ("robots.txt", "feed", "one")]
        assert {h.get("Proxy-Authorization") for _, h in proxy.log} == {"Basic YW5uOnBhc3Mgd29yZA=="}


def test_a_page_that_fails_again_and_again_rests_and_its_bytes_are_kept(
    site: Site, kit: Kit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/two"] = Answer("<html><body><b>half a pa", headers={"Cache-Control": "no-store"})
    broken = site.answers["/two"].body
    for number in range(5):
        read(kit, source(site), number * HOUR)
    assert site.asked.count("/two") == 1, "it is no article: it is looked at again after a week"
    with kit.store.begin() as tx:
        (failure,) = tx.sources.failures()
    assert failure.reason == "no-text"
    code = main(["failures", "show", str(failure.id), "--raw"])
    assert (code, capsys.readouterr().out) == (0, broken)
    assert main(["failures", "replay", str(failure.id), "--kept"]) == 1, "the bytes are no better now"


def test_a_page_that_cannot_be_had_is_left_alone_after_three_times(site: Site, kit: Kit) -> None:
    site.answers["/two"] = Answer("oops", 500)
    for number in range(6):
        read(kit, source(site), number * HOUR)
    asked = [path for path in site.asked if path == "/two"]
    assert len(asked) == 3 * 3, "three crawls, each with two retries"
    site.answers["/two"] = page("Two", TEXT * 4)
    read(kit, source(site), 8 * DAY)
    assert "two" in stored(kit)


def test_what_is_known_of_a_source_is_asked_for_only_when_a_list_has_changed(site: Site, kit: Kit) -> None:
    read(kit, source(site))
    asked: list[str] = []

    def recall(name: str) -> Sequence[Recalled]:
        asked.append(name)
        with kit.store.begin() as tx:
            return tx.sources.known_urls(name)

    def articles(after: timedelta) -> list[str]:
        with kit.store.begin() as tx:
            plan = plan_crawl(tx, [source(site)], NOW + after, allow_private=[site.netloc])
        assert not any(known.kind == "article" for known in plan.known.values())
        return [i.url for i in crawl(replace(plan, recall=recall)) if isinstance(i, Article)]

    assert (articles(HOUR / 2), asked) == ([], [])
    site.answers["/feed"] = site.feed("one", "two", "three")
    site.answers["/three"] = page("Three", TEXT * 6)
    assert (articles(HOUR / 2), asked) == ([f"{site.base}/three"], ["s"])


def test_two_crawls_never_ask_one_host_at_the_same_time(site: Site, kit: Kit) -> None:
    with kit.store.begin() as tx:
        plan = plan_crawl(tx, [source(site)], NOW, allow_private=[site.netloc])
        tx.hosts.lease({site.netloc}, "another crawl", NOW, NOW + HOUR)
    (_, tally), *_ = run_crawl(kit.store, plan)
    assert (tally.busy, site.log) == (("s",), [])
    with kit.store.begin() as tx:
        tx.hosts.release("another crawl", {site.netloc})
    *_, (_, tally) = run_crawl(kit.store, plan)
    assert (tally.busy, tally.total("fetched")) == ((), 3)
    with kit.store.begin() as tx:
        assert tx.hosts.busy(NOW) == set(), "it is given back at the end"


def test_a_host_that_wants_its_peace_is_left_in_peace_by_the_next_crawls_too(site: Site, kit: Kit) -> None:
    site.answers["/one"] = Answer("later", 429, {"Retry-After": "7200"})
    read(kit, source(site))
    with kit.store.begin() as tx:
        assert site.netloc in tx.hosts.busy(NOW + HOUR)
        assert site.netloc not in tx.hosts.busy(NOW + 2 * HOUR)


def test_a_site_that_was_redesigned_is_noticed_though_it_answers(site: Site, kit: Kit) -> None:
    names = [f"story-{number}" for number in range(12)]
    site.answers |= {f"/{name}": page(name, f"{name} {TEXT * 4}") for name in names}
    for hour in range(4):
        site.answers["/feed"] = site.feed(*names[: 9 + hour])
        read(kit, source(site), hour * HOUR)
    assert state(kit) == ("ok", "")
    site.answers["/feed"] = site.feed(names[0])
    read(kit, source(site), 5 * HOUR)
    assert state(kit)[0] == "drifting"
    site.answers["/feed"] = site.feed(*names)
    read(kit, source(site), 6 * HOUR)
    assert state(kit)[0] == "ok"


def test_a_selector_that_matches_nothing_is_noticed_and_the_articles_come_all_the_same(site: Site, kit: Kit) -> None:
    _, ingested = read(kit, source(site, select={"title": "h1.gone", "body": "article"}))
    assert ingested.articles == 2
    assert state(kit) == ("selector-broken", "select.title matched nothing; general rules were used instead")


def test_comments_that_vanish_from_the_pages_are_noticed(site: Site, kit: Kit) -> None:
    site.answers["/one"] = page("One", below=discussion("I knew it!", "So did I.", "Never."))
    read(kit, source(site))
    assert state(kit)[0] == "ok"
    site.answers["/one"] = page("One", below='<div class="talk-frame" data-src="talk.js"></div>')
    _, ingested = read(kit, source(site), HOUR)
    assert ingested.versions == 0
    assert state(kit)[0] == "comments-lost"
