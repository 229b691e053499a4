"""Names of shows that a text itself offers, and the signs for and against them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.people import count, is_person
from worker.ingest.proposals import propose_shows
from worker.ingest.spans import cuts, quotations, runs

ENGLISH = load_lexicons().for_language("en")


def proposed(title: str, text: str = "", language: str = "en") -> list[str]:
    return propose_shows(make_article(text, title=title, language=language))


@pytest.mark.parametrize(
    ("title", "text", "names"),
    [
        ("Velvet Anchor Season 3 Is Coming", "", ["Velvet Anchor"]),
        ("Netflix orders more of Velvet Anchor", "The drama will be back.", ["Velvet Anchor"]),
        ("Velvet Anchor Has Been Renewed", "The drama returns to ITV.", ["Velvet Anchor"]),
        ("Is Velvet Anchor Returning for Season 6? What We Know", "The teen drama ends soon.", ["Velvet Anchor"]),
        ("Velvet Anchor's second season adds three", "", ["Velvet Anchor"]),
        ("HBO's The Salt Ward adds four to cast", "", ["The Salt Ward"]),
        ("BBC rests Night Harbour with no end in sight", "The motoring show will not be back.", ["Night Harbour"]),
        ("ITV takes Singing on Sand off air", "The show rests next year.", ["Singing on Sand"]),
        ("Jane Doe quits Velvet Anchor", "The show goes on without her. Doe said so.", ["Velvet Anchor"]),
        ("Will there be a Mara of Easthaven season 2? Jane Doe answers", "", ["Mara of Easthaven"]),
        ("Anchorage 2: hope lives on", "Fans wait for a second season.", ["Anchorage"]),
        ("What Ferry: Salt Watch says about its makers", "The show lost its team.", ["Ferry: Salt Watch"]),
        ("《海港》第二季不会拍摄", "", ["海港"]),
        ("Anker Staffel 3: Starttermin", "Die letzte Staffel der Serie.", ["Anker"]),
        ("Wim to light up The Salt Ward", "He plays a guard in this drama.", ["The Salt Ward"]),
        ("Season 3 Is a Go for Mayor of Saltmarsh at ITV", "The drama goes on.", ["Mayor of Saltmarsh"]),
        ("ITV Gives Velvet Anchor a Second Season", "The drama was a success.", ["Velvet Anchor"]),
        ("ITV Puts a Third Season of Saltmarsh on Indefinite Hold", "The drama rests.", ["Saltmarsh"]),
        ("Team of SALT WARD Grows", "Two join the drama.", ["SALT WARD"]),
        ("SALT WARD SAVED!! ITV picks up season 5", "The drama goes on.", ["SALT WARD"]),
        ("ITV drops trailer for a third Velvet Anchor series", "", ["Velvet Anchor"]),
        ("Nine Salt Anchors season 2: no hope", "The drama is over.", ["Nine Salt Anchors"]),
        ("Night Anchor thread: the end of the line?", "The show may stop.", ["Night Anchor"]),
    ],
)
def test_names_with_signs_of_shows(title: str, text: str, names: list[str]) -> None:
    assert proposed(title, text) == names


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Jane Doe joins a new drama", "Doe said that the series is great."),
        ("Actor Wim Okoro back in town", "Okoro was seen near the set of the show."),
        ("'We are so happy', says the team", "The series was renewed."),
        ("Netflix raises its prices", "The household pays more."),
        ("Salt 'Drummers' win the league", "The football club of the series of games won."),
        ("The TV series you should see", "Here they are."),
        ("BBC announces new drama for Sunday", "The drama starts in March."),
        ("Wena Okoro wins for her role", "She was named best actress in a series on Sunday."),
        ("Actor Wena Okoro back in town", "Okoro was seen near the set of the show."),
        ("Mara and Wim return", "The two have a new show on Sunday, a drama."),
        ("It is over", "Wena More and Ranu Raj return in the second season of the drama."),
        ("A single 90-minute episode ends it", "The drama was axed."),
        ("Late-night hosts turn up", "The show goes on."),
        ("ITV Pictures ends its deal with Fox News", "The series of the season is over."),
        ("The series is back", "It comes with a Salt Ward spin-off."),
    ],
)
def test_people_networks_and_sayings_are_no_shows(title: str, text: str) -> None:
    assert proposed(title, text) == []


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("Jane Doe's Velvet Anchor renewed", "The drama returns.", "Velvet Anchor"),
        ("The Queen's Anchor season 2: any hope?", "", "The Queen's Anchor"),
        ("Mayor of Saltmarsh season 2 gets a date", "", "Mayor of Saltmarsh"),
        ("Anne and Stacks to end after season 4", "The sitcom is over.", "Anne and Stacks"),
        ("Rumor: Jane Doe in Velvet Anchor season 3?", "", "Velvet Anchor"),
        ("Wena Okoro's Saltmarsh is back", "The drama returns.", "Saltmarsh"),
        ("Marin in the Saltmarsh returns for four episodes", "The sitcom is back.", "Marin in the Saltmarsh"),
        ("Saltmarsh's second season comes with Mara for Season 3", "", "Saltmarsh"),
        ("HBO Salt Ward Finale Sets a Record", "The drama of the Salt Ward ended.", "Salt Ward"),
        ("Is this the end of Salt Ward: Low Tide?", "The drama Salt Ward: Low Tide ends.", "Salt Ward: Low Tide"),
        ("Salt Ward: Night Again seems to be over", "The show has lost its makers.", "Salt Ward: Night Again"),
        ("Velvet Anchor Shock: Doe Quits", "The drama Velvet Anchor goes on.", "Velvet Anchor"),
        ("Filming of the Salt Ward series has stopped", "The drama may end.", "Salt Ward"),
    ],
)
def test_a_name_ends_where_a_person_begins(title: str, text: str, name: str) -> None:
    assert name in proposed(title, text)


def test_names_in_other_languages() -> None:
    assert proposed("Netflix renueva 'La sal del puerto'", "La serie vuelve.", "es") == ["La sal del puerto"]
    assert proposed("'밤의 등대' 시즌3 만들어지나", "드라마 제작진은 말을 아꼈다.", "ko") == ["밤의 등대"]
    assert proposed("밤의 등대 시즌3 만들어지나", "", "ko") == []  # "밤의" may be the sentence's, not the name's
    assert proposed("'밤등대2' 첫 방송", "드라마 '밤등대2'가 돌아온다.", "ko") == ["밤등대"]
    assert proposed("배우 인터뷰", "tvN '밤의 등대'를 마친 배우를 만났다. 드라마는 끝났다.", "ko") == ["밤의 등대"]
    assert proposed("'밤등대' 제작 논의", "드라마는 계속된다.", "ko") == ["밤등대"]


@pytest.mark.parametrize(
    ("title", "text", "language", "wrong"),
    [
        ("'밤등대' 나올까 \"무조건 논의\"", "드라마는 계속된다.", "ko", "무조건 논의"),
        ("'밤등대' 24.9%로 종영", "드라마는 끝났다.", "ko", "24.9%로"),
        ('Doe: "La sal me ha enseñado"', "El actor de la serie habla.", "es", "La sal me ha enseñado"),
        ("'Sal' acabará, según adelanta 'El Faro'", "La serie termina.", "es", "El Faro"),
        ("Saltburgo llega a la pantalla", "ITV estrena 'Cien anclas', una serie de ocho episodios.", "es", "Saltburgo"),
    ],
)
def test_sayings_papers_and_figures_are_no_names(title: str, text: str, language: str, wrong: str) -> None:
    assert wrong not in proposed(title, text, language)


def test_runs_end_at_verbs_and_seasons_of_a_headline() -> None:
    names = [span.name for span in runs("Velvet Anchor Gets Season 3 as Jane Doe Joins The Salt Ward", ENGLISH)]
    assert names[0] == "Velvet Anchor"
    assert "Salt Ward" in names[-1]
    assert [span.name for span in runs("House of the Anchor returns", ENGLISH)] == ["House of the Anchor"]
    assert "THE SALTMARSH SHOW" in [span.name for span in runs("MARA RETURNS TO THE SALTMARSH SHOW", ENGLISH)]
    assert [span.name for span in runs("No Season 2 for The Anchor's Gambit", ENGLISH)] == ["The Anchor's Gambit"]


def test_quotations_of_all_kinds() -> None:
    assert [span.name for span in quotations("'등대'를 마친 \"밤\"의 'A's B'")] == ["등대", "A's B"]
    line = "'One' and \"Two\" and «Three» and 「Four」 and the Does' 'Five's Day'"
    assert [span.name for span in quotations(line)] == ["One", "Two", "Three", "Four", "Five's Day"]
    assert list(quotations("It isn't, and wasn't, one")) == []


def test_a_run_is_cut_at_possessives_and_prepositions() -> None:
    (run,) = runs("the Doe's Ferry at Sea", ENGLISH)
    assert [(left.name, right.name) for left, right in cuts("the Doe's Ferry at Sea", run)] == [
        ("Doe", "Ferry at Sea"),
        ("Doe's Ferry", "Sea"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "person"),
    [
        ("Jane Okoro", "Jane Okoro came.", True),
        ("Wim Okoro", "Wim Okoro came. Okoro left.", True),
        ("Okoro", "Okoro told us so.", True),
        ("Wim Okoro", "It has actor Wim Okoro in it.", True),
        ("Velvet Anchor", "Velvet Anchor came.", False),
        ("House of Jane", "House of Jane said no.", False),
    ],
)
def test_people(name: str, text: str, person: bool) -> None:
    assert is_person(name, text, ENGLISH) is person


def test_names_are_counted_as_words() -> None:
    assert count("Anchor", "Anchor, Anchorage and Anchor's; re-Anchor_ Anchor") == 3
    assert count("", "text") == 0


@given(
    st.text(alphabet="AaBb 'S:2.,;’“”«»《》시즌2Netflix renews", max_size=120),
    st.sampled_from(["en", "es", "ko", "de"]),
)
def test_spans_lie_in_their_line(line: str, language: str) -> None:
    for span in (*quotations(line), *runs(line, ENGLISH)):
        assert line[span.start : span.end] == span.name
    propose_shows(make_article(line, title=line, language=language))


@pytest.mark.parametrize(
    ("title", "text", "wanted"),
    [
        ("Jane Doe stars in a new series of The Ferry for BBC and Netflix", "The drama is back.", ["The Ferry"]),
        ("Case closed: Harbour LA cancelled after one season", "NBC drops the legal drama.", ["Harbour LA"]),
        ("Jane Doe leads 'Harbour: L.A.' pilot at NBC", "The drama shoots in March.", ["Harbour: L.A."]),
        ("Anna and Bella: we leave", "The hosts of the show go.", []),
    ],
)
def test_edges_of_a_name(title: str, text: str, wanted: list[str]) -> None:
    assert proposed(title, text) == wanted
