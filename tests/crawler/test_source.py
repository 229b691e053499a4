"""Source files: two lines suffice, and what is wrong is named by file, line and key."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import SourcesError
from crawler.links import surely_no_article
from crawler.source import BUNDLED, Source, key_lines, load_source, load_sources, parse_span

GOOD = 'name = "my-outlet"\nstart_urls = ["https://my-outlet.example/"]\n'


def write(folder: Path, text: str, name: str = "my-outlet.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(SourcesError) as error:
        load_source(path)
    return [str(fault).removeprefix(f"{path}") for fault in error.value.errors]


def test_two_lines_are_a_source(tmp_path: Path) -> None:
    source = load_source(write(tmp_path, GOOD))
    assert (source.tier, source.discovery, source.publisher) == ("unknown", "auto", "my-outlet")
    assert (source.every, source.pace.delay, source.comments, source.enabled) == (timedelta(hours=1), 1.0, "auto", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'evry = "1h"\n', ":3: evry: is not a key of a source file; did you mean 'every'?"),
        (
            GOOD + "[pace]\ndelay = 1.0\ndely = 2.0\n",
            ":5: pace.dely: is not a key of a source file; did you mean 'delay'?",
        ),
        (GOOD + 'every = "often"\n', ':3: every: a span like "30m", "1h", "7d" or "2w" is wanted, not \'often\''),
        (
            GOOD + 'tier = "best"\n',
            ":3: tier: input should be 'official', 'trade', 'outlet', 'fan' or 'unknown' (found 'best')",
        ),
        (GOOD + 'pace = { delay = "slow" }\n', ":3: pace.delay: input should be a valid number (found 'slow')"),
        (GOOD + "pace.delay = -1\n", ":3: pace.delay: input should be greater than or equal to 0 (found -1)"),
        (GOOD + 'enabled = "yes"\n', ":3: enabled: input should be a valid boolean (found 'yes')"),
        (
            'name = "x"\nstart_urls = "https://x.example/"\n',
            ":2: start_urls: input should be a valid list (found 'https://x.example/')",
        ),
        (
            'name = "x"\nstart_urls = ["ftp://x.example/"]\n',
            ':2: start_urls: "https://…" or "http://…" is wanted, not \'ftp://x.example/\'',
        ),
        ('name = "x"\nstart_urls = []\n', ":2: start_urls: list should have at least 1 item"),
        ('name = "My Outlet"\nstart_urls = ["https://x.example/"]\n', ":1: name: string should match pattern"),
        ('name = "x"\n', ": start_urls: is missing; a source needs it, e.g. start_urls = "),
        ("name = \n", ": is not TOML: Invalid value (at line 1, column 8)"),
        (GOOD + 'name = "again"\n', ": is not TOML: Cannot overwrite a value (at line 3"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(write(tmp_path, text))
    assert fault.startswith(said)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(write(tmp_path, 'name = "x y"\nstart_url = []\ntier = 3\n'))
    assert sorted(fault.split(":")[1] for fault in found) == [" start_urls", "1", "2", "3"]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in faults(tmp_path / "nowhere.toml")[0]
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"\n')
    assert "cannot be read" in faults(tmp_path / "latin.toml")[0]


def test_two_files_of_one_name_are_a_fault_and_the_first_counts(tmp_path: Path) -> None:
    first, second = write(tmp_path, GOOD, "a.toml"), write(tmp_path, "# a copy\n" + GOOD, "b.toml")
    sources, errors = load_sources([tmp_path])
    assert list(sources) == ["my-outlet"]
    assert [str(error) for error in errors] == [
        f"{second}:2: name: the name 'my-outlet' is taken by {first}; give one of them another name"
    ]


def test_a_file_of_ones_own_takes_the_place_of_a_bundled_one(tmp_path: Path) -> None:
    bundled, own = tmp_path / "bundled", tmp_path / "own"
    for folder, text in ((bundled, GOOD + "enabled = false\n"), (own, GOOD)):
        folder.mkdir()
        write(folder, text, "a.toml")
    sources, errors = load_sources([bundled, own])
    assert (sources["my-outlet"].enabled, errors) == (True, [])


def bundled() -> dict[str, Source]:
    sources, errors = load_sources([BUNDLED])
    assert errors == []
    return sources


def test_the_bundled_sources_are_right_and_paused() -> None:
    assert len(bundled()) >= 16
    for path in BUNDLED.glob("*.toml"):
        source = load_source(path)
        assert source.name == path.stem
        assert not source.enabled
        assert path.read_text("utf-8").startswith("# not yet tried against the live site\n")


@pytest.mark.parametrize("name", sorted(path.stem for path in BUNDLED.glob("*.toml")))
def test_a_bundled_source_is_known_and_gentle(name: str) -> None:
    source = bundled()[name]
    assert source.tier != "unknown"
    assert source.title
    assert source.language
    assert source.every >= timedelta(minutes=30)
    assert source.pace.delay >= 5
    assert source.pace.concurrency == 1
    assert source.pace.pages <= 60
    assert all(url.startswith("https://") for url in source.start_urls)


def test_bundled_sources_read_no_page_twice() -> None:
    urls = [url for source in bundled().values() for url in source.start_urls]
    assert len(urls) == len(set(urls))


def test_bundled_outlets_of_one_owner_are_one_family() -> None:
    owners = {
        "pmc": {"deadline-tv", "variety-tv", "hollywood-reporter-tv", "indiewire-tv", "rolling-stone-tv"},
        "valnet": {"collider-tv", "screen-rant-tv", "cbr-tv"},
        "webedia": {"espinof", "sensacine-series"},
    }
    sources = bundled()
    for family, names in owners.items():
        assert {name for name, source in sources.items() if source.family == family} == names
    # a family is a short name in one spelling, or two of them would not meet
    assert all(re.fullmatch(r"[a-z0-9-]*", source.family) for source in sources.values())


@pytest.mark.parametrize(
    ("name", "article", "other"),
    [
        ("apple-tv-press", "/tv-pr/news/2026/02/a-drama-is-renewed/", "/tv-pr/originals/a-drama/"),
        ("bbc-media-centre", "/mediacentre/2026/a-drama-returns/", "/mediacentre/contacts/"),
        ("digital-spy-tv", "/tv/ustv/a12345678/a-drama-returns/", "/movies/a12345679/a-film/"),
        ("espinof", "/series-de-ficcion/una-serie-vuelve", "/criticas/una-pelicula"),
        ("guardian-tv", "/tv-and-radio/2026/jan/06/a-drama-returns", "/film/2026/jan/06/a-film"),
        ("netflix-tudum", "/tudum/articles/a-drama-season-2-release-date-news", "/tudum/top10/most-popular"),
        ("radio-times-tv", "/tv/drama/a-drama-release-date/", "/movies/a-film-release-date/"),
    ],
)
def test_bundled_patterns_let_articles_on_television_in(name: str, article: str, other: str) -> None:
    source = bundled()[name]
    (host,) = source.hosts
    assert source.wants(f"https://{host}{article}")
    assert not surely_no_article(f"https://{host}{article}")
    assert not source.wants(f"https://{host}{other}")


def test_patterns_let_urls_in_and_keep_them_out(tmp_path: Path) -> None:
    source = load_source(write(tmp_path, GOOD + 'include = ["/tv/"]\nexclude = ["/tv/video/"]\n'))
    urls = ["https://x/tv/a", "https://x/film/a", "https://x/tv/video/a"]
    assert [source.wants(url) for url in urls] == [True, False, False]


def test_every_key_has_its_line() -> None:
    text = 'a = 1\n"b c" = [\n  1,\n  2,\n]\nd.e = { f = 1, g.h = 2 }\n\n[t]\nx = 1\n[t.u]\ny = 1\n[[r]]\nz = 1\n'
    lines = key_lines(text)
    wanted = {
        "a": 1,
        "b c": 2,
        "b c.0": 3,
        "b c.1": 4,
        "d.e": 6,
        "d.e.f": 6,
        "d.e.g.h": 6,
        "t": 8,
        "t.x": 9,
        "t.u.y": 11,
    }
    assert wanted.items() <= lines.items()


@given(st.text(max_size=60))
def test_no_text_is_too_strange_for_line_numbers(text: str) -> None:
    assert all(line >= 1 for line in key_lines(text).values())


@given(st.integers(1, 10_000), st.sampled_from("smhdw"))
def test_spans_are_read(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert parse_span(f"{number}{unit}") == timedelta(seconds=number * seconds)


@pytest.mark.parametrize("text", ["", "h", "0h", "1", "1y", "-1h", "1.5h", "1 h", "１h"])
def test_no_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a span like"):
        parse_span(text)
