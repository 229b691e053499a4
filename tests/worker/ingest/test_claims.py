"""Claims of sentences, their standing and what is no claim; labels of whole articles."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Article, Section
from tests.factories import make_article
from worker.ingest.claims import extract_claims, label_article
from worker.ingest.lexicon import load_lexicon, load_lexicons
from worker.ingest.shows import ShowIndex, match_shows
from worker.models import ClaimDraft, Field, Kind, Labels, Show, ShowMatch, Standing

LIGHTS, FERRY = Show(1, "Harbour Lights", "harbour-lights"), Show(2, "Night Ferry", "night-ferry")
INDEX = ShowIndex([LIGHTS, FERRY, Show(3, "등대지기들", "deungdae")])
LEXICONS = load_lexicons()
MATCH = ShowMatch(1, "Harbour Lights", "Harbour Lights", "title", "test")


def claims(text: str, title: str = "News", tier: str = "unknown", language: str = "en") -> list[ClaimDraft]:
    article = make_article(text, title=title, language=language)
    return extract_claims(article, match_shows(article, INDEX) or [MATCH], LEXICONS, tier=tier)


def told(text: str, **values: str) -> list[tuple[str, str, str, int | None]]:
    return [(str(c.field), c.value, str(c.standing), c.season) for c in claims(text, **values)]


def labels(title: str, text: str = "", **values: object) -> Labels:
    article = make_article(text, title=title, **values)
    return label_article(article, match_shows(article, INDEX), LEXICONS)


def test_an_insider_makes_two_rumours() -> None:
    text = "An insider says Harbour Lights has been renewed for a second season and will return in 2028."
    assert told(text) == [("status", "renewed", "rumour", 2), ("release", "2028", "rumour", 2)]
    assert {claim.evidence for claim in claims(text)} == {text}


def test_an_announcement_makes_two_official_claims() -> None:
    text = (
        "It's official: Meridian Plus has renewed Harbour Lights for season 2, "
        "and the streamer expects new episodes in early 2028."
    )
    assert told(text) == [("status", "renewed", "official", 2), ("release", "early 2028", "official", 2)]
    when = claims(text)[1].when
    assert when is not None
    assert (when.first, when.last) == (date(2028, 1, 1), date(2028, 4, 30))


@pytest.mark.parametrize(
    "text",
    [
        "There is also no word on when filming of Harbour Lights is set to begin.",
        "The star stated that filming of Harbour Lights had not yet begun.",
        "It is unclear whether Harbour Lights has been renewed.",
        "There is no sign that Harbour Lights has been cancelled.",
    ],
)
def test_what_nobody_has_said_is_no_claim(text: str) -> None:
    assert claims(text, title="Harbour Lights season 2: what we know") == []


def test_a_denied_cancellation_is_no_cancellation() -> None:
    (claim,) = claims("Harbour Lights has not been cancelled, says showrunner Ada Quill.")
    assert (claim.value, claim.standing, claim.kind) == ("denied", Standing.OFFICIAL, Kind.CANCELLATION)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Meridian Plus has cancelled Harbour Lights.", "status", "cancelled"),
        ("Harbour Lights will end with season 3, the network announced.", "status", "ending"),
        ("Meridian Plus will not return for a third season of the show.", "status", "cancelled"),
        ("Harbour Lights is in talks to be revived, sources say.", "status", "in-talks"),
        ("Meridian Plus denied reports that Harbour Lights has been cancelled.", "status", "denied"),
        ("Season 2 premieres on 9 February 2028.", "release", "9 Feb 2028"),
        ("The premiere was pushed from May 2027 to September 2027.", "release", "Sep 2027"),
        ("Mara Voss joins the cast.", "cast", "joins: Mara Voss"),
        ("Tom Hale is leaving the show.", "cast", "leaves: Tom Hale"),
        ("Ben Okafor will return.", "cast", "returns: Ben Okafor"),
        ("Filming has begun in Cardiff.", "production", "started"),
        ("The season has wrapped filming.", "production", "wrapped"),
        ("Production has been delayed by storms.", "production", "delayed"),
        ("The writers' room is open.", "production", "writing"),
        ("The first trailer is here.", "trailer", "trailer"),
        ("A teaser is here.", "trailer", "teaser"),
        ("A spin-off called The Pilot Boat is planned.", "spinoff", "The Pilot Boat"),
        ("The new season follows a missing pilot.", "plot", "The new season follows a missing pilot."),
        ("It drew 4.7 million viewers.", "ratings", "It drew 4.7 million viewers."),
        ("The season has eight episodes instead of ten.", "episodes", "8"),
        ("Meridian Plus ordered a 13-episode season.", "episodes", "13"),
        ("Marlo has quit the show for good.", "cast", "leaves: Marlo"),
        ("A press release named six more recruits.", "cast", "joins: six more recruits"),
        ("The main cast is expected to return.", "cast", "returns: main cast"),
        ("Mara Voss and others are believed to have been approached.", "cast", "joins: Mara Voss"),
        ("She has seen no material and the writers' room is open.", "production", "writing"),
        ("The drama has a date for its new season: July 2028.", "release", "Jul 2028"),
        ("Filming is over ahead of the July 2028 premiere.", "release", "Jul 2028"),
        ("It stays a maybe, since nothing is settled.", "status", "in-talks"),
    ],
)
def test_fields_and_values(text: str, field: str, value: str) -> None:
    assert (field, value) in [(claim.field, claim.value) for claim in claims(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Harbour Lights has not been renewed.",
        "Will Harbour Lights be renewed for season 2?",
        "If Harbour Lights is renewed, season 2 could arrive in 2028.",
        "Nobody knows whether Harbour Lights has been renewed.",
        "Fans hope that Harbour Lights gets a second season.",
        "Harbour Lights was renewed in 2022.",
        "Season 1 premiered in January 2022.",
        "The first season arrived two years ago.",
        "Joining in is fun, and the set was warm.",
        "Nobody has left the show.",
        "The season has no eight episodes.",
        "Mara Voss and Ben Okafor attended the premiere of another cancelled show.",
    ],
)
def test_no_claims(text: str) -> None:
    assert claims(text) == []


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("According to Deadline, Harbour Lights has been renewed.", "reported"),
        ("Deadline reports that Meridian Plus has renewed Harbour Lights.", "reported"),
        ("Meridian Plus confirmed that Harbour Lights has been renewed.", "official"),
        ("Harbour Lights has been renewed, showrunner Ada Quill said.", "official"),
        ("A source told The Sun that Harbour Lights has been renewed.", "rumour"),
        ("Harbour Lights has reportedly been renewed.", "rumour"),
        ("Harbour Lights could be cancelled.", "speculation"),
        ("Harbour Lights has been renewed.", "reported"),
    ],
)
def test_standing_of_words(text: str, standing: str) -> None:
    assert [str(claim.standing) for claim in claims(text)] == [standing]


def test_expected_is_official_only_in_the_makers_mouth() -> None:
    assert [c.standing for c in claims("Season 2 is expected in early 2028.")] == [Standing.REPORTED]
    assert [c.standing for c in claims("Meridian Plus says it is expected in early 2028.")] == [Standing.OFFICIAL]


def test_an_official_source_lifts_flat_statements_but_no_hedges() -> None:
    assert claims("Season 2 returns in May 2028.")[0].standing is Standing.REPORTED
    assert claims("Season 2 returns in May 2028.", tier="official")[0].standing is Standing.OFFICIAL
    assert claims("Season 2 may return in May 2028.", tier="official")[0].standing is Standing.SPECULATION


def test_a_claim_belongs_to_the_show_that_its_sentence_names() -> None:
    text = "Harbour Lights has been renewed for season 2. Night Ferry has been cancelled."
    drafts = claims(text, title="Harbour Lights and Night Ferry")
    assert [(d.show_id, d.season, d.value) for d in drafts] == [(1, 2, "renewed"), (2, None, "cancelled")]


def test_a_claim_belongs_to_the_show_of_its_heading() -> None:
    sections = (Section("", "Harbour Lights is back."), Section("Night Ferry", "The series has been cancelled."))
    article = make_article("Harbour Lights is back.\nNight Ferry\nThe series has been cancelled.", sections=sections)
    drafts = extract_claims(article, match_shows(article, INDEX), LEXICONS)
    assert [(d.show_id, d.value, d.heading) for d in drafts if d.value == "cancelled"] == [
        (2, "cancelled", "Night Ferry")
    ]


def test_of_equal_claims_the_surest_evidence_stays() -> None:
    text = "An insider says season 2 has been ordered.\nMeridian Plus announced that season 2 has been ordered."
    (claim,) = claims(text)
    assert claim.standing is Standing.OFFICIAL
    assert claim.evidence.startswith("Meridian Plus")


def test_the_headline_is_evidence_only_where_the_text_is_silent() -> None:
    title = "Harbour Lights cancelled after one season"
    assert [c.evidence for c in claims("The cast said goodbye.", title=title)] == [title]
    text = "Meridian Plus has cancelled Harbour Lights."
    assert [c.evidence for c in claims(text, title=title)] == [text]


def test_without_a_known_show_there_are_no_claims() -> None:
    assert extract_claims(make_article("Season 2 has been renewed."), [], LEXICONS) == []


def test_spanish() -> None:
    text = "Meridian renueva Harbour Lights para una segunda temporada, anunció la plataforma."
    assert told(text, language="es") == [("status", "renewed", "official", 2)]
    assert told("Según rumores, Harbour Lights ha sido cancelada.", language="es")[0][1:3] == ("cancelled", "rumour")


def test_korean() -> None:
    text = "tvN은 '등대지기들' 시즌2를 제작한다고 밝혔다."
    assert told(text, language="ko") == [("status", "renewed", "official", 2)]
    assert [c.value for c in claims("SBS는 폐지설이 사실이 아니라고 했다.", language="ko")] == ["denied"]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "Meridian hat Harbour Lights verlängert.", "renewed"),
        ("fr", "La série Harbour Lights est annulée.", "cancelled"),
        ("it", "La serie Harbour Lights è stata rinnovata.", "renewed"),
        ("pt", "Harbour Lights foi cancelada.", "cancelled"),
        ("ja", "「Harbour Lights」続編決定。", "renewed"),
        ("de", "Harbour Lights is renewed, so der Sender.", "renewed"),
    ],
)
def test_other_languages_are_read_with_the_trades_commonest_words(language: str, text: str, value: str) -> None:
    assert value in [claim.value for claim in claims(text, language=language)]


@pytest.mark.parametrize(
    ("tier", "standing"),
    [
        ("official", "official"),
        ("trade", "official"),
        ("outlet", "official"),
        ("fan", "reported"),
        ("unknown", "reported"),
    ],
)
def test_a_flat_statement_counts_by_who_makes_it(tier: str, standing: str) -> None:
    """An unsourced blog must not confirm a rumour, not even by naming the show's home."""
    (claim,) = claims("Harbour Lights, the Netflix drama, has been renewed.", tier=tier)
    assert claim.standing == standing


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("The Dockside Post reports that Harbour Lights has been renewed.", "reported"),
        ("Harbour Lights has been renewed, the Dockside Gazette understands.", "reported"),
        ("Deadline hears from sources that Harbour Lights has been renewed.", "reported"),
        ("Two people close to the show say that Harbour Lights has been renewed.", "rumour"),
        ("After months of rumours, Meridian Plus has renewed Harbour Lights.", "official"),
        ("Harbour Lights has been renewed, we believe.", "speculation"),
    ],
)
def test_who_is_credited(text: str, standing: str) -> None:
    assert [str(claim.standing) for claim in claims(text, tier="outlet")] == [standing]


def test_a_guess_or_an_expectation_lends_no_standing_to_its_neighbours() -> None:
    text = "Filming has begun in Cardiff. Season 2 is expected in early 2028."
    assert [(str(c.field), str(c.standing)) for c in claims(text, tier="outlet")] == [
        ("production", "official"),
        ("release", "reported"),
    ]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Mara Voss will play Ada Quill.", ["joins: Mara Voss"]),
        ("Mara Voss returns as Ada Quill.", ["returns: Mara Voss"]),
        ("Kim Seo-yun joins the cast.", ["joins: Kim Seo-yun"]),
        ("Ada Quill is back, played by Mara Voss.", ["returns: Ada Quill", "joins: Mara Voss"]),
        ("The spin-off is named after Ada Quill, who joins the crew.", []),
        ("Mara Voss and Tom Hale have been cast in the drama.", ["joins: Mara Voss", "joins: Tom Hale"]),
    ],
)
def test_characters_are_no_actors(text: str, people: list[str]) -> None:
    assert [claim.value for claim in claims(text) if claim.field is Field.CAST] == people


def test_a_headlines_claim_takes_its_evidence_and_standing_from_the_lead() -> None:
    """The lead says in other words what the headline claims, and by whom it is known."""
    title = "Mara Voss is leaving Harbour Lights"
    (claim,) = claims("The part of Voss ends in May, an insider told the Dockside Post.", title=title)
    assert (claim.value, claim.standing) == ("leaves: Mara Voss", Standing.RUMOUR)
    assert claim.evidence.startswith("The part of Voss")
    assert claims("It rained in Cardiff.", title=title)[0].evidence == title


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Filming is over and season 2 premieres on 9 February 2028.", "9 Feb 2028"),
        ("The network said on Thursday that season 2 premieres on 9 February 2028.", "9 Feb 2028"),
        ("Filming starts in May 2028.", None),
    ],
)
def test_a_date_belongs_to_its_own_statement(text: str, value: str | None) -> None:
    found = [claim.value for claim in claims(text) if claim.field is Field.RELEASE]
    assert found == ([value] if value else [])


def test_a_line_without_an_end_is_no_sentence() -> None:
    assert claims("Harbour Lights has been renewed " + "and Mara Voss, Tom Hale joins " * 60) == []


@pytest.mark.parametrize(
    ("title", "text", "primary"),
    [
        ("Harbour Lights renewed for season 2", "", Kind.RENEWAL),
        ("Harbour Lights cancelled by Meridian Plus", "", Kind.CANCELLATION),
        ("Harbour Lights season 2 gets a premiere date", "", Kind.RELEASE_DATE),
        ("Harbour Lights season 2: first trailer", "It premieres in May 2028.", Kind.TRAILER),
        ("Mara Voss joins Harbour Lights", "", Kind.CASTING),
        ("Filming starts on Harbour Lights", "", Kind.PRODUCTION),
        ("Harbour Lights spin-off planned", "", Kind.SPINOFF),
        ("Harbour Lights review: a fine start", "", Kind.REVIEW_RECAP),
        ("Harbour Lights draws record viewers", "", Kind.RATINGS_AWARDS),
        ("Fans campaign to save Harbour Lights after cancellation", "", Kind.OTHER),
    ],
)
def test_primary_kinds(title: str, text: str, primary: Kind) -> None:
    assert labels(title, text).primary is primary


def test_labels_carry_season_standing_and_rules() -> None:
    found = labels("Harbour Lights renewed for season 4", "Meridian Plus announced that season 4 has been ordered.")
    assert (found.is_show_news, found.season, found.standing) == (True, 4, Standing.OFFICIAL)
    assert found.rules
    assert labels("Harbour Lights 3: what we know").season == 3
    assert labels("Harbour Lights returns", url="https://x.example/harbour-lights-season-5-date").season == 5
    assert labels("Harbour Lights final season begins").season is None
    assert labels("Will Harbour Lights return for season 2?").standing is Standing.SPECULATION


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("City win the cup", "The coach praised his players after last season."),
        ("Streamer raises its prices", "The password of a household costs more."),
        ("Local bakery opens", "Bread is sold there."),
    ],
)
def test_what_is_no_show_news(title: str, text: str) -> None:
    found = labels(title, text)
    assert (found.is_show_news, found.kinds, found.standing) == (False, (), None)


def test_headed_parts_have_their_own_kinds() -> None:
    sections = (
        Section("", "Harbour Lights is back."),
        Section("When is the release date?", "It starts in May 2028."),
        Section("Who is in the cast?", "Mara Voss joins."),
        Section("Odds and ends", "Filming has begun."),
    )
    text = "\n".join(section.text for section in sections)
    article = make_article(text, title="Harbour Lights guide", sections=sections)
    found = dict(label_article(article, match_shows(article, INDEX), LEXICONS).section_kinds)
    assert found["When is the release date?"] == (Kind.RELEASE_DATE,)
    assert found["Who is in the cast?"] == (Kind.CASTING,)
    assert found["Odds and ends"] == (Kind.PRODUCTION,)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=300))
def test_any_text_is_read(title: str, text: str) -> None:
    article = make_article(f"Harbour Lights {text}", title=title)
    matches = match_shows(article, INDEX)
    label_article(article, matches, LEXICONS)
    drafts = extract_claims(article, matches, LEXICONS)
    keys = [(d.show_id, d.season, d.field, d.value.casefold()) for d in drafts]
    assert len(keys) == len(set(keys))
    assert all(d.evidence in " ".join(article.text.split()) or d.evidence == title for d in drafts if "\n" not in text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[claims.status]\nrenewed = ['(']", "status.renewed.1"),
        ("[claims.status]\nrenewed = ['{NOWHERE}']", "status.renewed.1"),
        ("[claims.status]\nrenewed = 'renewed'", "claims.status.renewed"),
        ("[claims.fate]\nrenewed = ['x']", "claims.fate"),
        ("[standing]\ncertain = ['x']", "standing.certain"),
        ("[guards]\nshield = ['x']", "guards.shield"),
        ("[claim]\n", "claim"),
        ("[claims", ""),
    ],
)
def test_a_bad_lexicon_names_its_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "xx.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"xx\.toml") as caught:
        load_lexicon(path)
    assert key in str(caught.value)


def test_every_lexicon_has_every_field_and_a_language_without_one_falls_back_to_english() -> None:
    for code in ("en", "es", "ko"):
        assert set(LEXICONS.for_language(code).claims) == set(Field), code
    assert LEXICONS.for_language(None) is LEXICONS.for_language("en-GB") is LEXICONS.for_language("en")
    assert LEXICONS.for_language("fi").claims.keys() == LEXICONS.for_language("en").claims.keys()
    assert LEXICONS.for_language("es-MX").language == "es"


CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "tvnews-dev.jsonl"


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled corpus is not here")
def test_labels_of_the_development_corpus_stay_good() -> None:
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    shows = {name: n for n, name in enumerate({row["show"] for row in rows if row["show"]}, start=1)}
    index = ShowIndex(Show(n, name, name) for name, n in shows.items())
    news = kinds = seasons = 0
    for row in rows:
        article = Article(row["url"], "x", row["title"], row["text"], language=row["lang"])
        found = label_article(article, match_shows(article, index), LEXICONS)
        news += found.is_show_news == row["is_show_news"]
        kinds += bool(row["kinds"]) and found.primary == row["kinds"][0]
        seasons += found.season == row["season"]
    assert news / len(rows) > 0.9
    assert kinds / len(rows) > 0.55
    assert seasons / len(rows) > 0.8


def test_what_describes_a_harder_fact_is_no_claim_beside_it() -> None:
    text = "Meridian Plus has renewed Harbour Lights, the drama that follows a pilot, for season 2."
    assert [claim.field for claim in claims(text)] == [Field.STATUS]
    about_plot = claims(text, title="Harbour Lights season 2 synopsis revealed")
    assert Field.PLOT in [claim.field for claim in about_plot]


def test_the_lead_tells_in_its_own_words_what_the_headline_is_about() -> None:
    lead = "The makers of Harbour Lights keep everybody guessing."
    (claim,) = claims(lead, title="Could Harbour Lights have a second season?")
    assert (claim.value, claim.standing, claim.evidence) == ("in-talks", Standing.SPECULATION, lead)
    assert claims("It rained in Cardiff.", title="Could Harbour Lights have a second season?") == []
    assert claims("Harbour Lights was made in 2019.", title="Could Harbour Lights have a second season?") == []


def test_an_opinion_against_it_is_a_guess_whoever_has_it() -> None:
    (claim,) = claims("Mara Voss told fans that she doesn't think a second season will happen.")
    assert (claim.value, claim.standing) == ("denied", Standing.SPECULATION)


def test_a_hedge_inside_a_phrase_makes_a_guess() -> None:
    (claim,) = claims("The drama could really come back, Meridian Plus announced.")
    assert (claim.value, claim.standing) == ("renewed", Standing.SPECULATION)


def test_talks_with_actors_are_no_talks_about_the_show() -> None:
    found = claims("Mara Voss is in talks to return for the new season.")
    assert {claim.field for claim in found} == {Field.CAST}
    assert claims("Meridian Plus is in talks about a new season.")[0].value == "in-talks"


def test_a_measured_figure_is_official_even_in_a_rumour_piece() -> None:
    text = "An insider says that Harbour Lights has been renewed. Its finale drew 4.7 million viewers."
    assert {(c.field, c.standing) for c in claims(text)} == {
        (Field.STATUS, Standing.RUMOUR),
        (Field.RATINGS, Standing.OFFICIAL),
    }


def test_korean_names_stand_without_their_endings() -> None:
    found = claims("김하늘, 박서준이 다시 나오고 촬영을 시작했다.", language="ko")
    assert {c.value for c in found if c.field is Field.CAST} == {"returns: 김하늘", "returns: 박서준"}
    assert claims("강하늘은 합류를 거절했다.", language="ko") == []


@pytest.mark.parametrize(
    ("title", "primary"),
    [
        ("Meridian Plus un-cancels Harbour Lights", Kind.RENEWAL),
        ("Meridian Plus closes the case on Harbour Lights", Kind.CANCELLATION),
        ("Harbour Lights to end with season 4", Kind.CANCELLATION),
        ("Harbour Lights jumps to Netflix", Kind.RENEWAL),
        ("Mara Voss: I won't be back on Harbour Lights", Kind.CASTING),
        ("Viewers rally behind Harbour Lights in open letter", Kind.OTHER),
        ("Harbour Lights is over for good, says its creator", Kind.CANCELLATION),
    ],
)
def test_primary_kinds_in_a_copy_editors_words(title: str, primary: Kind) -> None:
    assert labels(title).primary is primary


def test_no_return_below_an_end_is_that_end() -> None:
    found = claims(
        "The drama is not coming back for another year, the network confirmed.", "NBC cancels Harbour Lights"
    )
    assert [(one.value, one.kind) for one in found if one.field is Field.STATUS] == [("cancelled", Kind.CANCELLATION)]


@pytest.mark.parametrize(("ending", "standing"), [("NBC had no comment.", "reported"), ("It rained.", "rumour")])
def test_a_paper_that_asked_the_makers_reports(ending: str, standing: str) -> None:
    found = claims(f"Harbour Lights has been renewed for season 3, sources say. {ending}")
    assert [str(one.standing) for one in found if one.field is Field.STATUS] == [standing]


def test_how_many_episodes_makes_no_news_of_production() -> None:
    found = labels("Harbour Lights renewed for season 2", "It will have ten episodes in total.")
    assert Kind.PRODUCTION not in found.kinds


@pytest.mark.parametrize("text", ["Saltmarsh Productions signed a new deal.", "The Bay Harbours are leaving the show."])
def test_a_company_or_a_family_is_nobody(text: str) -> None:
    assert not [one for one in claims(text) if one.field is Field.CAST]


def test_a_language_without_a_file_needs_more_than_a_topic_word() -> None:
    article = make_article("Harbour Lights on tulossa takaisin.", title="Harbour Lights: season 2", language="fi")
    assert extract_claims(article, match_shows(article, INDEX), LEXICONS) == []
