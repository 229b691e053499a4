"""Thirty more pairs of headlines with a first sentence: the same news told twice, and other news that looks like it."""

from __future__ import annotations

import pytest

from tests.worker.ingest.test_leads import ingested, told
from worker.store import Store

Told = tuple[str, str]

TOGETHER = [
    (
        ("Ada Koh quits Salt Road", "Ada Koh leaves Salt Road after three years."),
        ("Salt Road loses its lead Ada Koh", "Ada Koh is leaving the network's drama."),
        0,
    ),
    (
        ("Night Ferry is back for season 5", "The streamer has renewed Night Ferry for season 5."),
        ("Fifth season for Night Ferry", "Night Ferry will return for a fifth season, the streamer said."),
        2,
    ),
    (
        ("Glass Court premiere draws 5.21 million", "Glass Court opened to 5.21 million viewers."),
        ("5.2 million watch Glass Court", "An audience of 5.2 million watched the first Glass Court."),
        1,
    ),
    (
        ("Copper Hill season 2 arrives on 4 June 2027", "Copper Hill season 2 premieres on 4 June 2027."),
        ("Mark the day: Copper Hill is back on 4 June 2027", "Copper Hill season 2 has its date: 4 June 2027."),
        0,
    ),
    (
        ("Filming starts on Quiet Street season 2 in Leeds", "Quiet Street season 2 has started filming in Leeds."),
        ("Cameras roll in Leeds for Quiet Street", "Filming on Quiet Street season 2 began in Leeds on Monday."),
        3,
    ),
    (
        ("The Long Tide season 3 gets its first teaser", "The network released the teaser of The Long Tide season 3."),
        ("Watch the teaser for The Long Tide season 3", "A teaser trailer for The Long Tide season 3 is out."),
        1,
    ),
    (
        (
            "Mara Lind tells Radio Fjord that Night Ferry changed her",
            "In an interview with Radio Fjord, Mara Lind spoke of Night Ferry and her years at sea.",
        ),
        ("'It changed me': Mara Lind on Night Ferry", "Mara Lind told Radio Fjord of her years at sea."),
        1,
    ),
    (
        ("Glass Court finale: review", "The Glass Court finale is a triumph, our review finds."),
        ("Glass Court ends well: a review of the finale", "Our critic's review of the last episode of Glass Court."),
        1,
    ),
    (
        ("Harbour Lights ending explained", "What the finale of Harbour Lights means: the ending explained."),
        ("The ending of Harbour Lights, explained", "We explain the finale of Harbour Lights."),
        2,
    ),
    (
        (
            "Zirkus Adler burns down near Graz",
            "The winter quarters of Zirkus Adler near Graz burned down; 14 horses were saved.",
        ),
        ("Fire at Zirkus Adler: horses saved", "14 horses were saved from the fire at Zirkus Adler near Graz."),
        1,
    ),
    (
        ("Harbour boats strike in Gdynia goes on", "Pilots in Gdynia went on with their strike on Monday."),
        ("Gdynia pilots: strike of harbour boats goes on", "The strike of the pilots in Gdynia goes on."),
        0,
    ),
    (
        ("Tom Reyes cast in Salt Road season 2", "Tom Reyes joins the cast of Salt Road season 2."),
        ("Salt Road season 2 adds Tom Reyes", "Salt Road has cast Tom Reyes for season 2."),
        1,
    ),
    (
        ("Salt Road cancelled after two seasons", "The network has cancelled Salt Road after two seasons."),
        ("Salt Road is cancelled", "Salt Road has been cancelled by the network."),
        1,
    ),
    (
        ("Dead Term spinoff announced", "The streamer has announced a spinoff of Dead Term."),
        ("Streamer announces Dead Term spinoff", "A spinoff of Dead Term was announced by the streamer."),
        0,
    ),
    (
        ("Quiet Street season 4 delayed to 2028", "Quiet Street season 4 is delayed to 2028."),
        ("Quiet Street season 4 is pushed back", "The network has delayed Quiet Street season 4 to 2028."),
        0,
    ),
]
APART = [
    (
        ("Mara Lind joins Salt Road", "Mara Lind joins the cast of Salt Road."),
        ("Tom Reyes joins Salt Road", "Tom Reyes joins the cast of Salt Road."),
        12,
    ),
    (
        ("Mara Lind joins Salt Road", "Mara Lind joins the cast of Salt Road."),
        ("Mara Lind joins Copper Hill", "Mara Lind joins the cast of Copper Hill."),
        1,
    ),
    (
        (
            "Mara Lind tells Radio Fjord of her years at sea",
            "In an interview with Radio Fjord about Night Ferry, Mara Lind spoke of her years at sea.",
        ),
        (
            "Night Ferry: Tom Reyes on learning to cook",
            "Tom Reyes told the Leeds Courier in an interview about the galley scenes of Night Ferry.",
        ),
        6,
    ),
    (
        ("Salt Road season 3 to arrive in 2028", "Salt Road season 3 premieres in 2028, the network said."),
        ("Salt Road season 3 premieres on 4 June 2028", "Salt Road season 3 has a date: 4 June 2028."),
        15,
    ),
    (
        ("Glass Court renewed for season 2", "The network renewed Glass Court for season 2."),
        (
            "Fans react to Glass Court renewal",
            "Fans reacted with joy to the renewal of Glass Court, with songs and pictures.",
        ),
        4,
    ),
    (
        ("Glass Court premiere: a review", "Our review of the first episode of Glass Court."),
        ("Glass Court draws 4.7 million viewers", "Glass Court was seen by 4.7 million viewers."),
        0,
    ),
    (
        ("Quiet Street teaser released", "The network released the teaser of Quiet Street season 2."),
        ("Quiet Street season 2 trailer released", "The full trailer of Quiet Street season 2 is out."),
        25,
    ),
    (
        ("Copper Hill starts filming in Wales", "Filming on Copper Hill season 2 has started in Wales."),
        ("Copper Hill wraps filming", "Filming on Copper Hill season 2 has wrapped."),
        28,
    ),
    (
        ("Night Ferry may be cancelled, insider says", "A source says that Night Ferry is to be cancelled."),
        ("Network denies that Night Ferry is cancelled", "The network denied that Night Ferry is cancelled."),
        6,
    ),
    (
        ("The Long Tide season 2 ordered", "The network ordered The Long Tide season 2."),
        ("The Long Tide season 2 premieres in May 2028", "The Long Tide season 2 premieres in May 2028."),
        5,
    ),
    (
        ("Harbour Lights season 1 ending explained", "The ending of Harbour Lights season 1 explained."),
        ("Harbour Lights season 2 ending explained", "The ending of Harbour Lights season 2 explained."),
        20,
    ),
    (
        ("Zirkus Adler burns down near Graz", "The winter quarters of Zirkus Adler near Graz burned down."),
        ("Zirkus Adler opens in Linz", "Zirkus Adler opened its summer tour in Linz with two clowns."),
        8,
    ),
    (
        ("Bank raises interest", "The central bank raised interest by half a point on Monday."),
        ("Team wins the cup", "The home team won the cup with a late goal on Monday."),
        0,
    ),
    (
        ("Dead Term spinoff announced", "The streamer has announced a spinoff of Dead Term."),
        ("Dead Term season 3 gets a date: 4 June 2028", "Dead Term season 3 premieres on 4 June 2028."),
        6,
    ),
    (
        ("Salt Road draws 4.7 million viewers", "Salt Road was seen by 4.7 million viewers."),
        ("Salt Road finale draws 6.2 million viewers", "The Salt Road finale was seen by 6.2 million viewers."),
        9,
    ),
]


@pytest.mark.parametrize(("one", "other", "days"), TOGETHER)
def test_the_same_event_is_told_once(sqlite_store: Store, one: Told, other: Told, days: int) -> None:
    first, second = ingested(sqlite_store, told(1, *one), told(2, *other, days=days))
    assert first == second


@pytest.mark.parametrize(("one", "other", "days"), TOGETHER)
def test_whoever_is_read_first(sqlite_store: Store, one: Told, other: Told, days: int) -> None:
    first, second = ingested(sqlite_store, told(2, *other, days=days), told(1, *one))
    assert first == second


@pytest.mark.parametrize(("one", "other", "days"), APART)
def test_another_event_is_a_story_of_its_own(sqlite_store: Store, one: Told, other: Told, days: int) -> None:
    first, second = ingested(sqlite_store, told(1, *one), told(2, *other, days=days))
    assert first != second
