"""What plain English sentences of the trade claim, field by field: a table of wordings for each value."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from crawler.items import Article
from tests.factories import make_article
from worker.ingest.claims import NO_DATE, extract_claims
from worker.ingest.lexicon import load_lexicons
from worker.models import ClaimDraft, Field, Kind, ShowMatch, Standing

LEXICONS = load_lexicons()
MATCH = ShowMatch(1, "Harbour Lights", "Harbour Lights", "title", "test")
DAY = datetime(2027, 1, 20, tzinfo=UTC)


def claims(text: str, title: str = "Harbour Lights", published: datetime | None = DAY) -> list[ClaimDraft]:
    article = make_article(text, title=title, language="en", published=published)
    return extract_claims(article, [MATCH], LEXICONS, tier="outlet")


def values(text: str, field: Field, **more: str) -> list[str]:
    return [claim.value for claim in claims(text, **more) if claim.field is field]


STATUS = {
    "renewed": """
        Harbour Lights will be back for more, the network said.
        Apple is keeping the spy series going with a further two seasons.
        The network brought the comedy back for a 22-episode third year.
        The show's fifth season got the green light on Monday.
        There will be a second season of Harbour Lights.
        Netflix is going ahead with season two.
        More Harbour Lights is on the way, Meridian Plus announced.
        Hulu has signed off on a third season.
        Fox has extended the series through its 2027 season.
        After a two-year wait the network has confirmed that it will continue.
        HBO has decided to carry on with the series.
        Netflix has said yes to a third season.
        The streamer is sticking with the show for another season.
        The network has struck a deal for a sixth season.
        Meridian Plus today gave a season four order to the comedy.
        The sitcom is getting a four-part comeback.
        One weekend after pulling the plug the network has ordered a fifth season.
    """,
    "cancelled": """
        NBC has called it quits on Harbour Lights.
        The show got the axe on Friday.
        The network is done with the show after one season.
        Harbour Lights has been killed off by HBO Max.
        The network let the comedy go after 13 episodes.
        The series has run its course, the broadcaster said.
        The platform has pulled the show from its schedule for good.
        The renewal has been taken back because of the pandemic.
        Season two was its last, as Hulu declined to order more.
        The axe has fallen on the long-running hospital drama.
        Meridian Plus will not be making a third run.
        The drama gets no second series.
        CBS announced that it is not going on with the drama.
    """,
    "ending": """
        The upcoming season is the show's final one.
        The eighth season will bring the series to a close.
        Season four marks the end of the series.
        There is only one season left.
        This will be the family's last season on screen.
        The writers will finish the story in a fifth season.
        The western is to be wound up in its present form.
        The second half of the fifth season will be the last of the saga.
        The show stops in 2028, the family announced.
    """,
    "in-talks": """
        Netflix is weighing whether to pick up the cancelled drama.
        The network has yet to decide on a fourth season.
        The creator is open to another season.
        The showrunner hopes to make a third season.
        Conversations about a reunion have begun.
        A second season has not been announced.
        No official word on a second season has come from Netflix.
        Meridian Plus has said nothing on a second season so far.
        A fourth season looks likely.
        The studio is talking to other buyers.
    """,
    "denied": """
        There are no plans for a third season.
        The actor says that a fourth season won't happen.
        The reports of its cancellation are not true.
        The star ruled out a revival.
    """,
}
CAST = {
    "leaves: Mara Voss": """
        Mara Voss won't be in the third season.
        Mara Voss has filmed her last scenes.
        Mara Voss's run on the show is over.
        Mara Voss told fans that she is leaving.
        Mara Voss confirmed that she does not come back for the new season.
        Viewers will have to do without Mara Voss.
    """,
    "joins: Tim Dale": """
        Tim Dale will recur as the mayor.
        Tim Dale is the latest addition to the cast.
        Newcomer Tim Dale rounds out the cast.
        Tim Dale heads the cast of the new series.
        The role goes to Tim Dale.
        The streamer has found its lead in Tim Dale.
        Filling the empty chair is Tim Dale.
        The new detective is Tim Dale.
        Tim Dale has been announced as the new presenter.
    """,
    "returns: Mara Voss": """
        Mara Voss is confirmed to return as the captain.
        Mara Voss makes her comeback in episode three.
        Back in their roles is Mara Voss.
        Viewers will see Mara Voss again in season five.
        Mara Voss resumes her role.
        Mara Voss stays as a judge.
    """,
    "returns: original cast": "The original cast is expected to return.",
    "returns: all of the leads": "All of the leads return.",
}
PRODUCTION = {
    "started": """
        The crew is back at work on the fourth season.
        The team is on location in Spain.
        The team has begun work on the third season.
    """,
    "wrapped": """
        The crew celebrated the end of filming.
        Work on season four is done, the director wrote.
        Season two has wrapped.
    """,
    "delayed": """
        The strike has stopped work on the show.
        Filming will start later than planned.
        The writers' strike holds up season three.
    """,
    "writing": "He is busy with the script for season three.",
    "crew": """
        The pilot will be directed by Ada Quill.
        The showrunner has stepped down.
        Ada Quill takes over as showrunner.
    """,
    "ordered": """
        Amazon is turning the game into a series.
        A TV version of the novel is being made by the BBC.
    """,
}


def table(rows: dict[str, str]) -> list[tuple[str, str]]:
    return [(line.strip(), value) for value, lines in rows.items() for line in lines.strip().splitlines()]


@pytest.mark.parametrize(("text", "value"), table(STATUS))
def test_whether_it_goes_on(text: str, value: str) -> None:
    assert values(text, Field.STATUS) == [value]


@pytest.mark.parametrize(("text", "value"), table(CAST))
def test_who_comes_and_goes(text: str, value: str) -> None:
    assert values(text, Field.CAST) == [value]


@pytest.mark.parametrize(("text", "value"), table(PRODUCTION))
def test_how_far_it_is_made(text: str, value: str) -> None:
    assert values(text, Field.PRODUCTION) == [value]
    assert not values(text, Field.CAST)  # who writes and directs is no member of the cast


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The return has been pushed to 2028.", "2028"),
        ("The drama opens its second season on 7 July.", "7 Jul 2027"),
        ("BBC One will show it from 9pm on Monday, 4 April.", "4 Apr 2027"),
        ("It is heading to Netflix on July 9.", "9 Jul 2027"),
        ("The new run gets under way on 14 April.", "14 Apr 2027"),
        ("Season 3 should be on the air in 2028, the network's chief told reporters on Monday.", "2028"),
        ("The last episodes, once due this month, will now air in November 2027.", "Nov 2027"),
    ],
)
def test_when_it_comes_out(text: str, value: str) -> None:
    assert values(text, Field.RELEASE) == [value]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("The network has shelved the spin-off.", Field.SPINOFF, "shelved"),
        ("The spin-off is not going ahead.", Field.SPINOFF, "shelved"),
        ("HBO is working on a prequel.", Field.SPINOFF, "announced"),
        ("Two more offshoots have been ordered.", Field.SPINOFF, "announced"),
        ("The network has shown a first glimpse of season two.", Field.TRAILER, "trailer"),
        ("Twelve episodes are planned.", Field.EPISODES, "12"),
        ("CMT is giving the show another 22 episodes.", Field.EPISODES, "22"),
    ],
)
def test_what_else_is_told(text: str, field: Field, value: str) -> None:
    assert values(text, field) == [value]
    assert field is not Field.SPINOFF or not values(text, Field.STATUS)  # it tells nothing of the show itself


@pytest.mark.parametrize(
    "text",
    [
        "The series topped the chart in 40 countries.",
        "The premiere drew a 1.4 rating among adults.",
        "It fell by 20 per cent from last week.",
        "It took the prize for best drama.",
        "It logged 900 million minutes viewed.",
    ],
)
def test_figures_and_prizes(text: str) -> None:
    assert values(text, Field.RATINGS) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "In the second season the captain hunts for her brother.",
        "The captain will face a new enemy.",
        "The story jumps ahead ten years.",
        "The series is about a pilot who loses her licence.",
    ],
)
def test_what_will_happen(text: str) -> None:
    assert values(text, Field.PLOT) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The star lives in Los Angeles with her husband.",
        "The critics praised the writing and the cast.",
        "The performances are strong and the music is haunting.",
        "Some viewers complained about the sound.",
        "The show has a cult following.",
        "The network declined to comment.",
        "The first two seasons can be streamed on Netflix.",
        "Mara Voss talks about fame and family.",
        "It had been cancelled in 2021.",
        "Would you watch another season?",
        "When the drama returns the harbour is empty.",
        "Tim Dale plays the mayor of the town.",
        "Mara Voss's take on the part is funny.",
    ],
)
def test_what_claims_nothing(text: str) -> None:
    assert claims(text) == []


def test_who_plays_whom_is_told_below_a_headline_about_the_cast() -> None:
    text = "Tim Dale plays the mayor of the town."
    assert values(text, Field.CAST, title="Harbour Lights casting: who is new") == ["joins: Tim Dale"]


@pytest.mark.parametrize(
    "text",
    [
        "There is no release date yet.",
        "A date is yet to come.",
        "Meridian Plus has not said when it returns.",
        "No word on when Meridian Plus will show it.",
    ],
)
def test_that_there_is_no_date_is_told(text: str) -> None:
    (claim,) = claims(text)
    assert (claim.field, claim.value, claim.when) == (Field.RELEASE, NO_DATE, None)


@pytest.mark.parametrize(
    "text",
    [
        "There is no release date yet. It airs in May 2028.",
        "There is no word on when filming starts.",
        "Who needs a date? There is no end date to love?",
    ],
)
def test_that_there_is_no_date_is_an_aside(text: str) -> None:
    assert NO_DATE not in values(text, Field.RELEASE)


def test_the_lead_carries_what_the_headline_says() -> None:
    lead = "Wonderful news reached the crew of the series on Monday."
    (claim,) = claims(f"{lead}\nThe sun shone.", title="Harbour Lights renewed for season 2")
    assert (claim.value, claim.evidence, claim.season) == ("renewed", lead, 2)


def test_the_lead_of_a_cast_story_names_whom_the_headline_names() -> None:
    lead = "The network's hit takes on a musician, says Meridian Plus."
    (claim,) = claims(f"{lead}\nFans of Amanda Quill will be glad.", title="Amanda Quill Joins Harbour Lights")
    assert (claim.field, claim.value, claim.evidence) == (Field.CAST, "joins: Amanda Quill", lead)


def test_a_headline_without_a_person_gives_no_cast() -> None:
    assert values("The series has a surprise in store.", Field.CAST, title="Harbour Lights casting news") == []


def test_a_denial_below_a_headline_about_the_end_denies_the_end() -> None:
    (claim,) = claims("The reports are untrue, the network said.", title="Harbour Lights to end? Not so")
    assert (claim.value, claim.kind) == ("denied", Kind.CANCELLATION)


def test_the_lead_of_a_page_about_the_plot_tells_of_it() -> None:
    text = "The captain drowns the mayor.\nHer brother sails home.\nWho is next?\nThe town mourns.\nGulls cry."
    found = values(text, Field.PLOT, title="Harbour Lights season 2 plot")
    assert found == ["The captain drowns the mayor.", "Her brother sails home."]


def test_a_wish_is_a_guess() -> None:
    (claim,) = claims("The star would love to do another season.")
    assert (claim.field, claim.standing) == (Field.STATUS, Standing.SPECULATION)


@pytest.mark.parametrize(
    "article",
    [
        make_article("It is back.", title="Harbour Lights", language="en", published=None),
        make_article("", title="", language=None, published=None),
        make_article("It airs on 3 May 2031.", title="Harbour Lights", language="en", published=DAY.replace(year=2030)),
        make_article("Dia akan kembali.", title="Harbour Lights", language="id", published=DAY),
    ],
)
def test_short_undated_and_foreign_pages_are_read(article: Article) -> None:
    for claim in extract_claims(article, [MATCH], LEXICONS):
        assert claim.evidence in (article.title, article.text)


def test_a_ranking_of_ten_shows_and_a_film_make_no_news_of_the_show() -> None:
    shows = "\n".join(f"{place}. Show number {place} has wit and heart." for place in range(1, 11))
    assert claims(shows, title="The ten best dramas of the year, ranked") == []
    film = "The film opens in cinemas on 3 May and cost 40 million to make at the box office."
    title = "Box office: the blockbuster opens"
    matches = [ShowMatch(1, "Harbour Lights", "Harbour Lights", "text", "test")]
    assert extract_claims(make_article(film, title=title, language="en", published=DAY), matches, LEXICONS) == []


@pytest.mark.parametrize("mark", [" ", ". ", "\n"])
def test_a_very_long_page_is_read_in_bounded_time(mark: str) -> None:
    words = "The drama will not return for a second season and its star Mara Voss is in talks about a new series"
    text = mark.join([words] * 5000)
    start = time.process_time()
    claims(text)
    assert time.process_time() - start < 10
