"""Dates said in prose: every form with its days, what is no date, and that the text of a date reads back."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.ingest.when import find_all, find_when, parse_when
from worker.models import When

THURSDAY = date(2023, 10, 12)


def days(text: str, published: date | None = THURSDAY, language: str = "en") -> tuple[str, str, str] | None:
    when = find_when(text, published, language)
    return (when.text, when.first.isoformat(), when.last.isoformat()) if when else None


@pytest.mark.parametrize(
    ("sentence", "text", "first", "last"),
    [
        ("It arrives on 9 Feb 2024.", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("No date is set, but 2025 is our best bet", "2025", "2025-01-01", "2025-12-31"),
        ("It arrives on February 9, 2024.", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("It arrives on the 9th of February 2024.", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("It arrives on Friday, Feb. 9th.", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("Set for 2024-02-09", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("Set for 13/2/2024", "13 Feb 2024", "2024-02-13", "2024-02-13"),
        ("Back on October 12", "12 Oct 2023", "2023-10-12", "2023-10-12"),
        ("Back on October 11", "11 Oct 2024", "2024-10-11", "2024-10-11"),
        ("Back June 25", "25 Jun 2024", "2024-06-25", "2024-06-25"),
        ("It premiered on June 25", "25 Jun 2023", "2023-06-25", "2023-06-25"),
        ("It will be released on June 25", "25 Jun 2024", "2024-06-25", "2024-06-25"),
        ("From June 25 to July 3, 2026", "25 Jun 2026", "2026-06-25", "2026-06-25"),
        ("Due on February 29", "29 Feb 2024", "2024-02-29", "2024-02-29"),
        ("It comes in July 2024", "Jul 2024", "2024-07-01", "2024-07-31"),
        ("It comes in May", "May 2024", "2024-05-01", "2024-05-31"),
        ("It comes this December", "Dec 2023", "2023-12-01", "2023-12-31"),
        ("It comes this January", "Jan 2024", "2024-01-01", "2024-01-31"),
        ("It comes next March", "Mar 2024", "2024-03-01", "2024-03-31"),
        ("It comes in mid-March 2024", "mid-Mar 2024", "2024-03-11", "2024-03-20"),
        ("It comes in late February 2024", "late Feb 2024", "2024-02-21", "2024-02-29"),
        ("It comes next month", "Nov 2023", "2023-11-01", "2023-11-30"),
        ("Season 2 July 2024 release", "Jul 2024", "2024-07-01", "2024-07-31"),
        ("It is set for Q2 2027", "Q2 2027", "2027-04-01", "2027-06-30"),
        ("In the second quarter of 2027", "Q2 2027", "2027-04-01", "2027-06-30"),
        ("In the first half of 2025", "first half of 2025", "2025-01-01", "2025-06-30"),
        ("In the later half of next year", "second half of 2024", "2024-07-01", "2024-12-31"),
        ("H2 2025 is the plan", "second half of 2025", "2025-07-01", "2025-12-31"),
        ("Coming summer 2026", "summer 2026", "2026-06-01", "2026-08-31"),
        ("Coming in the autumn of next year", "fall 2024", "2024-09-01", "2024-11-30"),
        ("Coming next fall", "fall 2024", "2024-09-01", "2024-11-30"),
        ("Coming this fall", "fall 2023", "2023-09-01", "2023-11-30"),
        ("Coming early next summer", "early summer 2024", "2024-06-01", "2024-06-30"),
        ("Coming in winter 2025", "winter 2025", "2024-12-01", "2025-02-28"),
        ("Coming in winter 2026-27", "winter 2027", "2026-12-01", "2027-02-28"),
        ("Coming this winter", "winter 2024", "2023-12-01", "2024-02-29"),
        ("Coming in the spring", "spring 2024", "2024-03-01", "2024-05-31"),
        ("In early 2024", "early 2024", "2024-01-01", "2024-04-30"),
        ("In mid-2024", "mid-2024", "2024-05-01", "2024-08-31"),
        ("By the end of 2024", "late 2024", "2024-09-01", "2024-12-31"),
        ("By the end of the year", "late 2023", "2023-09-01", "2023-12-31"),
        ("Late in 2024", "late 2024", "2024-09-01", "2024-12-31"),
        ("Early next year", "early 2024", "2024-01-01", "2024-04-30"),
        ("Filming will start in 2024", "2024", "2024-01-01", "2024-12-31"),
        ("Sometime in 2023", "2023", "2023-01-01", "2023-12-31"),
        ("Next year", "2024", "2024-01-01", "2024-12-31"),
        ("Later this year", "2023", "2023-01-01", "2023-12-31"),
        ("It points to a 2025 release", "2025", "2025-01-01", "2025-12-31"),
        ("Expected in 2025 or 2026", "2025 or 2026", "2025-01-01", "2026-12-31"),
        ("Late winter or early spring 2015", "late winter 2015 or early spring 2015", "2015-02-01", "2015-03-31"),
        ("December or January 2025", "Dec 2024 or Jan 2025", "2024-12-01", "2025-01-31"),
        ("It returns next week", "week of 16 Oct 2023", "2023-10-16", "2023-10-22"),
        ("It returns this Friday", "13 Oct 2023", "2023-10-13", "2023-10-13"),
        ("It starts tonight", "12 Oct 2023", "2023-10-12", "2023-10-12"),
        ("The special airs on Christmas Day", "25 Dec 2023", "2023-12-25", "2023-12-25"),
    ],
)
def test_english_dates(sentence: str, text: str, first: str, last: str) -> None:
    assert days(sentence) == (text, first, last)


@pytest.mark.parametrize(
    ("language", "sentence", "text", "first", "last"),
    [
        ("es", "Llega el 9 de febrero de 2024.", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("es", "Vuelve el 16 de junio", "16 Jun 2024", "2024-06-16", "2024-06-16"),
        ("es", "Llegó el 5 de mayo", "5 May 2023", "2023-05-05", "2023-05-05"),
        ("es", "Llega el 9/2/2024", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("es", "A principios de 2024", "early 2024", "2024-01-01", "2024-04-30"),
        ("es", "a mediados de marzo", "mid-Mar 2024", "2024-03-11", "2024-03-20"),
        ("es", "a finales de este año", "late 2023", "2023-09-01", "2023-12-31"),
        ("es", "en otoño de 2025", "fall 2025", "2025-09-01", "2025-11-30"),
        ("es", "el próximo verano", "summer 2024", "2024-06-01", "2024-08-31"),
        ("es", "en 2024", "2024", "2024-01-01", "2024-12-31"),
        ("es", "el año que viene", "2024", "2024-01-01", "2024-12-31"),
        ("es-MX", "en el segundo trimestre de 2027", "Q2 2027", "2027-04-01", "2027-06-30"),
        ("es", "en el primer semestre de 2025", "first half of 2025", "2025-01-01", "2025-06-30"),
        ("ko", "2024년 2월 9일 공개", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("ko", "2024. 2. 9. 공개", "9 Feb 2024", "2024-02-09", "2024-02-09"),
        ("ko", "10월 20일 공개", "20 Oct 2023", "2023-10-20", "2023-10-20"),
        ("ko", "다음 달 9일 공개", "9 Nov 2023", "2023-11-09", "2023-11-09"),
        ("ko", "오는 24일 첫 방송", "24 Oct 2023", "2023-10-24", "2023-10-24"),
        ("ko", "2024년 초 공개", "early 2024", "2024-01-01", "2024-04-30"),
        ("ko", "내년 공개", "2024", "2024-01-01", "2024-12-31"),
        ("ko", "내년 말 공개", "late 2024", "2024-09-01", "2024-12-31"),
        ("ko", "올해 하반기 방송", "second half of 2023", "2023-07-01", "2023-12-31"),
        ("ko", "올겨울 방송", "winter 2024", "2023-12-01", "2024-02-29"),
        ("ko", "2025년 하반기나 2026년", "second half of 2025 or 2026", "2025-07-01", "2026-12-31"),
    ],
)
def test_other_languages(language: str, sentence: str, text: str, first: str, last: str) -> None:
    assert days(sentence, language=language) == (text, first, last)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", 'A new season of "1983" is planned'),
        ("en", "The Harbour (2005) is on again"),
        ("en", "Harbour Patrol 2049 is renewed"),
        ("en", "They wrote the 2019 film"),
        ("en", "Viewed in 2000 homes by over 2000 people"),
        ("en", "In the 2020s and 1990s"),
        ("en", "It is on at 20:24 for $2024"),
        ("en", "It has run since 2019"),
        ("en", "It may return, and the army will march"),
        ("en", "June Osgood and April Lane return"),
        ("en", "The fall of a king"),
        ("en", "Netflix announced it today, and spoke of it earlier this week"),
        ("en", "The actor, 24, has 10 episodes of season 3"),
        ("en", "The last day of 2024-02-30"),
        ("en", "Set for 9/2/2024"),
        ("es", "Abril y Julio vuelven en la serie de 2019"),
        ("ko", "2010년대 드라마, 3개월 만에 1988년생"),
    ],
)
def test_what_is_no_date(language: str, sentence: str) -> None:
    assert find_when(sentence, THURSDAY, language) is None


@pytest.mark.parametrize(
    ("sentence", "published", "first"),
    [
        ("It returns this October.", date(2025, 1, 1), "2025-10-01"),
        ("It returned this spring.", date(2025, 7, 1), "2025-03-01"),
        ("It returns this January.", date(2024, 12, 5), "2025-01-01"),
        ("It returns this winter.", date(2025, 1, 5), "2024-12-01"),
    ],
)
def test_this_month_is_the_one_of_this_year_unless_it_is_over(sentence: str, published: date, first: str) -> None:
    when = find_when(sentence, published, "en")
    assert when is not None
    assert when.first.isoformat() == first


def test_a_date_still_to_come_goes_before_one_that_is_over() -> None:
    assert find_when("It began on January 28, 2022 and returns in 2024.", THURSDAY) == parse_when("2024")
    assert find_when("It began on January 28, 2022.", THURSDAY) == parse_when("28 Jan 2022")


def test_without_a_day_of_publication_only_dates_with_a_year_count() -> None:
    assert find_all("On February 9, next year, or this fall", None) == []
    assert [when.text for *_, when in find_all("On February 9, 2024", None)] == ["9 Feb 2024"]


def test_spans_are_where_the_dates_stand() -> None:
    text = "It moved from early 2024 to February 9, 2025."
    assert [text[start:end] for start, end, _ in find_all(text, THURSDAY)] == ["early 2024", "February 9, 2025"]


@pytest.mark.parametrize("text", ["", "soon", "2024 and more", "February 9", "not 2024"])
def test_parse_refuses_what_is_not_one_whole_date(text: str) -> None:
    assert parse_when(text) is None


PHRASES = st.sampled_from(
    [
        "early",
        "mid-",
        "late ",
        "end of ",
        "beginning of ",
        "",
        "week of ",
        "3 ",
        "the 30th of ",
        "this ",
        "next ",
        "last ",
        "first half of ",
        "Q3 ",
        "fall ",
        "winter ",
        "in ",
        "July ",
        "Feb ",
        "December ",
        "May ",
        "2024",
        "1999",
        "next year",
        "2031",
        "2026-27",
        " or ",
        "/",
        " to ",
        ", ",
        "9",
        "31",
        "quarter of ",
        "second ",
        "summer ",
        "the year",
        "month",
        "Friday",
        "Christmas Day",
        "tomorrow",
        "2025-03-04",
        "(",
        ")",
    ]
)


@given(st.lists(PHRASES, max_size=8).map("".join) | st.text(max_size=60), st.dates(date(1960, 1, 1), date(2090, 1, 1)))
def test_what_is_found_reads_back_the_same(text: str, published: date) -> None:
    found = find_all(text, published)
    for start, end, when in found:
        assert text[start:end]
        assert when.first <= when.last
        assert parse_when(when.text) == when
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@given(st.text(alphabet="년월일0129 초말올해내년상하반기~나 .", max_size=40), st.sampled_from(["ko", "es", "xx", ""]))
def test_any_text_in_any_language_is_read_without_error(text: str, language: str) -> None:
    for *_, when in find_all(text, THURSDAY, language):
        assert isinstance(when, When)
        assert parse_when(when.text) == when


@given(st.dates(date(1960, 1, 1), date(2090, 1, 1)), st.integers(0, 365))
def test_a_day_without_a_year_is_the_next_such_day(published: date, ahead: int) -> None:
    day = published + timedelta(days=ahead)
    when = find_when(f"It is out on {day:%B} {day.day}.", published)
    assert when is not None
    assert published <= when.first <= day
