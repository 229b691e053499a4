"""What stands in an article's place is told apart, and an article with all of it around it stays one."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from crawler.extract import Extraction, extract_page
from crawler.items import Article, Failure, Page
from crawler.run import Plan, crawl
from crawler.source import Source
from crawler.spiders.reasons import OUTCOMES
from crawler.walls import REASONS
from tests.factories import NOW
from tests.site import Site

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "extraction-dev"
URL = "https://quay.example/2027/03/05/harbour-lights-third-season/"
PROSE = (
    "The ferry drama comes back in autumn with ten new episodes, the network said on Tuesday.",
    "Ines Calder plays the keeper of the lamp again, and her brother has bought the boat that sank at the end.",
    "Nobody at the quay wanted to say who was on board, although three actors have been seen in the town since.",
    "The writers began their work in January and have handed in four scripts, a person who has read them said.",
)
TITLE = "Harbour Lights is renewed for a third season"
IS_ARTICLE = (
    f'<title>{TITLE} | Quay News</title><meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2027-03-05T08:00:00Z">'
)
NAV = (
    '<nav><a href="/tv/">TV</a> <a href="/film/">Film</a> <a href="/login">Log in</a> <a href="/s">Subscribe</a></nav>'
)
FOOT = '<footer>© Quay News <a href="/privacy">Privacy policy</a> <a href="/cookies">Cookies</a></footer>'


def read(body: str, head: str = "", url: str = URL) -> Extraction:
    return extract_page(f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode(), url)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def titled(title: str, *texts: str) -> str:
    return f"<title>{title}</title></head><body>{paragraphs(*texts)}"


SHELL = '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>'
NEXT = '<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{}}}</script>'
PASSWORD = '<form><label>E-mail <input name=mail></label><label>Password <input type="password"></label></form>'
OFFERS = "<ul><li>£1 a week for six months</li><li>Unlimited digital access</li><li>Cancel anytime</li></ul>"
PICTURES = "".join(f'<figure><img src="/p{n}.jpg" alt=""></figure>' for n in range(8))
COOKIES = paragraphs(
    "We and our 842 partners store and access information on a device, such as cookies, and process personal data.",
    "You may accept all cookies or manage your choices, including your right to object to legitimate interest.",
    "Personalised advertising and content, advertising and content measurement, audience research.",
)
NO_ARTICLES = {
    "a login page": ("login-wall", titled("Log In") + "<form>Username or Email Address <input></form>"),
    "a login page in German": ("login-wall", titled("Anmelden - Kaiblatt") + PASSWORD),
    "a login page in Korean": ("login-wall", titled("로그인 | 부두신문") + PASSWORD),
    "a login before the text": (
        "login-wall",
        IS_ARTICLE + f"</head><body>{NAV}<h1>{TITLE}</h1><p>Log in to continue reading.</p>{PASSWORD}{FOOT}",
    ),
    "a form alone": ("login-wall", IS_ARTICLE + f"</head><body><h1>{TITLE}</h1>{PASSWORD}"),
    "a pay wall": (
        "paywall",
        IS_ARTICLE + f"</head><body>{NAV}<article><h1>{TITLE}</h1><p>Subscribe to continue reading this article</p>"
        f"{OFFERS}<p>Already a subscriber? Log in</p></article>{FOOT}",
    ),
    "a pay wall below a lead": (
        "paywall",
        IS_ARTICLE + f"</head><body><article><h1>{TITLE}</h1><p>{PROSE[0]}</p>"
        "<p>This article is for subscribers only.</p></article>",
    ),
    "a pay wall in French": (
        "paywall",
        IS_ARTICLE + "</head><body><h1>Les feux du port</h1><p>Cet article est réservé aux abonnés. Déjà abonné ?</p>",
    ),
    "a pay wall in Japanese": (
        "paywall",
        IS_ARTICLE + "</head><body><h1>港の灯、第三シーズンへ</h1><p>この記事は会員限定です。残り 1200文字</p>",
    ),
    "a pay wall that only machines are told of": (
        "paywall",
        IS_ARTICLE
        + '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","isAccessibleForFree":false,'
        + f'"articleBody":"{" ".join(PROSE)}"}}</script></head><body><h1>{TITLE}</h1>',
    ),
    "a question for consent": ("consent", titled("Before you continue to Quay News") + COOKIES),
    "a question for consent at the article's address": (
        "consent",
        IS_ARTICLE + f"</head><body><h2>We value your privacy</h2>{COOKIES}<button>Accept all</button>",
    ),
    "a question for consent in German": (
        "consent",
        titled(
            "Kaiblatt",
            "Mit Werbung weiterlesen: Besuchen Sie uns wie gewohnt mit Werbung und Tracking.",
            "Wir und unsere Partner verwenden Cookies. Ihre Einwilligung können Sie jederzeit widerrufen.",
        ),
    ),
    "a shell": ("script-only", IS_ARTICLE + f"</head><body>{SHELL}"),
    "a shell without a word": ("script-only", f'<title>{TITLE}</title></head><body><div id="app"></div>'),
    "a Next.js shell": ("script-only", f"<title>{TITLE}</title></head><body>{NEXT}"),
    "a check": (
        "bot-check",
        titled("Just a moment...", "Checking your browser before accessing quay.example.")
        + '<form id="challenge-form"></form>',
    ),
    "a refusal": (
        "bot-check",
        titled("Access Denied", "You don't have permission to access this page on this server."),
    ),
    "a captcha": ("bot-check", titled("quay.example") + '<h1>Are you a robot?</h1><div class="g-recaptcha"></div>'),
    "a check in Spanish": ("bot-check", titled("Un momento…", "Verificando que no eres un robot.")),
    "a video": (
        "video",
        f'<title>{TITLE}</title><meta property="og:type" content="video.other"></head><body><h1>{TITLE}</h1>'
        f'<iframe src="https://www.youtube.com/embed/x"></iframe><p>{PROSE[0]}</p>',
    ),
    "a player alone": ("video", f"<title>{TITLE}</title></head><body><h1>{TITLE}</h1><video src=/v.mp4></video>"),
    "a gallery": (
        "gallery",
        f'<title>{TITLE}</title></head><body><h1>{TITLE}</h1><div class="gallery">{PICTURES}</div>',
    ),
    "a soft 404": (
        "not-found",
        titled("Page not found - Quay News", "Oops! That page can't be found.", "It looks like nothing was found here.")
        + "".join(f'<h2><a href="/2027/{n}/a-story-of-the-day/">A story of the day {n}</a></h2>' for n in range(8)),
    ),
    "a soft 404 in Portuguese": ("not-found", titled("Página não encontrada", "Tente a busca ou volte ao início.")),
    "a soft 404 by its headline": ("not-found", titled("Quay News") + "<h1>404</h1><p>Sorry.</p>"),
    "a fault": ("error-page", titled("502 Bad Gateway") + "<center><h1>502 Bad Gateway</h1></center><hr>nginx"),
    "a fault of the database": ("error-page", "</head><body><h1>Error establishing a database connection</h1>"),
    "a maintenance": (
        "error-page",
        titled("Wartungsarbeiten", "Wir sind bald wieder da. Bitte versuchen Sie es später."),
    ),
    "a closed region": (
        "region-wall",
        titled("Quay News", "We recognise you are attempting to access this website from a country in Europe."),
    ),
    "nothing much": ("no-text", f"<title>{TITLE}</title></head><body><h1>{TITLE}</h1>"),
}


@pytest.mark.parametrize("name", NO_ARTICLES)
def test_what_stands_in_an_articles_place_is_told(name: str) -> None:
    outcome, page = NO_ARTICLES[name]
    found = extract_page(f"<!doctype html><html><head>{page}</body></html>".encode(), URL)
    assert (found.outcome, found.article) == (outcome, None)
    assert found.reason.startswith(REASONS[outcome])
    assert found.reason.endswith(".")
    assert outcome in OUTCOMES


TEXT = paragraphs(*PROSE)
ARTICLES = {
    "a login button": NAV + TEXT + FOOT,
    "a login form in a dialog": f'<div class="modal"><h1>Log in</h1>{PASSWORD}<a>Forgot password?</a></div>{TEXT}',
    "a cookie banner": TEXT + f'<div class="cookie-banner" role="dialog">{COOKIES}<button>Accept all</button></div>',
    "a cookie banner before it": f'<div class="cmp">{paragraphs("We use cookies to show personalised ads.")}</div>{TEXT}',
    "a newsletter box": f"<p>{PROSE[0]}</p><div class=newsletter>Sign up for our newsletter</div>" + TEXT,
    "a call to subscribe below": TEXT + "<p>Subscribe to continue reading</p><p>£1 a week. Cancel anytime.</p>",
    "a video on top": '<video src="/v.mp4"></video><iframe src="https://www.youtube.com/embed/x"></iframe>' + TEXT,
    "a line for browsers without scripts": "<noscript>Please enable JavaScript.</noscript>" + TEXT,
    "an application's root": f'<div id="root">{NAV}{TEXT}{FOOT}</div>',
    "a captcha for comments": TEXT + '<form><textarea></textarea><div class="g-recaptcha"></div></form>',
    "pictures": f'<div class="gallery">{PICTURES}</div>{TEXT}',
}


@pytest.mark.parametrize("head", ["", IS_ARTICLE])
@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_with_all_of_it_around_it_stays_one(name: str, head: str) -> None:
    found = read(f"<article><h1>{TITLE}</h1>{ARTICLES[name]}</article>", head)
    assert found.article is not None, found.reason
    assert PROSE[1] in found.article.text
    assert PROSE[3] in found.article.text
    assert "Subscribe to continue" not in found.article.text
    assert "Cancel anytime" not in found.article.text


def test_a_title_that_sounds_like_a_wall_is_no_wall() -> None:
    found = read(f"<h1>Access Denied</h1>{TEXT}", IS_ARTICLE.replace(TITLE, "Access Denied"))
    assert found.outcome == "article"


def test_a_short_article_is_one() -> None:
    assert read(f"<article><h1>{TITLE}</h1><p>{PROSE[0]}</p></article>", IS_ARTICLE).outcome == "article"


def test_the_text_that_machines_are_told_serves_where_the_page_shows_none() -> None:
    told = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(PROSE)})
    found = read(SHELL, f'{IS_ARTICLE}<script type="application/ld+json">{told}</script>')
    assert found.article is not None
    assert found.article.text == "\n".join(PROSE)


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "x", "html": "<p>Some words of an article that an API hands out</p>"}',
        b'[{"html": "<div>x</div>"}]',
        b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(4000) + b"<p >" + random.Random(8).randbytes(4000),
    ],
)
def test_what_only_looks_like_markup_is_no_page(body: bytes) -> None:
    assert extract_page(body, URL).outcome == "not-html"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_every_page_of_the_corpus_is_an_article() -> None:
    gold = [json.loads(path.read_text("utf-8")) for path in sorted((CORPUS / "gold").glob("*.json"))]
    pages = {g["id"]: (gzip.decompress((CORPUS / "html" / f"{g['id']}.html.gz").read_bytes()), g["url"]) for g in gold}
    found = {name: extract_page(body, url) for name, (body, url) in pages.items()}
    assert {name: f.reason for name, f in found.items() if f.article is None} == {}
    assert len(found) == 143


def test_a_crawl_tries_passing_walls_again_and_remembers_the_others() -> None:
    with Site() as site:
        for name in ("a check", "a fault", "a login page", "a pay wall"):
            site.answers["/" + name.replace(" ", "-")] = f"<html><head>{NO_ARTICLES[name][1]}</body></html>"
        site.answers["/feed"] = site.feed(*(path[1:] for path in site.answers))
        source = Source.model_validate({"name": "quay", "start_urls": [f"{site.base}/feed"], "pace": {"delay": 0.0}})
        items = list(crawl(Plan((source,), {}, NOW, allow_private=(site.netloc,))))
    lost = {item.url.rpartition("/")[2]: (item.reason, item.body != "") for item in items if isinstance(item, Failure)}
    assert lost == {
        "a-check": ("bot-check", False),
        "a-fault": ("error-page", False),
        "a-login-page": ("login-wall", True),
        "a-pay-wall": ("paywall", True),
    }
    remembered = {item.url.rpartition("/")[2] for item in items if isinstance(item, Page)}
    assert remembered >= {"a-login-page", "a-pay-wall"}
    assert not remembered & {"a-check", "a-fault"}
    assert not [item for item in items if isinstance(item, Article)]
