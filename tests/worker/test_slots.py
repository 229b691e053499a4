"""Turns: by the clock on the wall, one a period, whatever clocks, zones and preferences do."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from worker.models import Cadence, Preferences
from worker.slots import after_change, due_slots, is_too_late, next_slot, slots

BERLIN = Preferences(zone="Europe/Berlin")
ZONES = ["UTC", "Europe/Helsinki", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "Pacific/Kiritimati"]
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)


def preferences() -> st.SearchStrategy[Preferences]:
    return st.builds(
        Preferences, st.sampled_from(Cadence), st.integers(0, 6), st.integers(0, 23), st.sampled_from(ZONES)
    )


def month(day: date) -> str:
    return f"{day.year}-{day.month:02}"


class TestTurns:
    def test_the_turn_is_by_the_clock_on_the_wall(self) -> None:
        assert next_slot(BERLIN, NOW).due == datetime(2027, 3, 12, 7, tzinfo=UTC)  # NOW is a Friday, a bit late
        assert next_slot(replace(BERLIN, hour=10), NOW).due == datetime(2027, 3, 5, 9, tzinfo=UTC)

    def test_summer_time_moves_the_turn_in_utc_not_on_the_wall(self) -> None:
        sundays = slots(replace(BERLIN, weekday=6, hour=9), datetime(2027, 3, 20, tzinfo=UTC))
        assert [slot.due.hour for slot in itertools.islice(sundays, 2)] == [8, 7]  # 28 March: clocks go forward

    def test_an_hour_that_is_left_out_is_an_hour_later_and_one_that_comes_twice_is_taken_once(self) -> None:
        daily = replace(BERLIN, cadence=Cadence.DAILY, hour=2)
        spring = [slot.due for slot in itertools.islice(slots(daily, datetime(2027, 3, 27, tzinfo=UTC)), 3)]
        assert [due.astimezone(ZoneInfo("Europe/Berlin")).hour for due in spring] == [2, 3, 2]
        autumn = [slot.due for slot in itertools.islice(slots(daily, datetime(2027, 10, 30, tzinfo=UTC)), 3)]
        assert [due.day for due in autumn] == [31, 1, 2]

    def test_monthly_is_the_first_such_weekday(self) -> None:
        monthly = replace(BERLIN, cadence=Cadence.MONTHLY)
        found = list(itertools.islice(slots(monthly, NOW + timedelta(days=1)), 3))
        assert [slot.period for slot in found] == ["2027-04", "2027-05", "2027-06"]
        assert [slot.due.day for slot in found] == [2, 7, 4]

    @given(preferences(), TIMES)
    def test_each_period_has_one_turn_at_the_hour_and_day_that_were_asked_for(
        self, wanted: Preferences, after: datetime
    ) -> None:
        found = list(itertools.islice(slots(wanted, after), 40))
        local = [slot.due.astimezone(ZoneInfo(wanted.zone)) for slot in found]
        assert found[0].due > after
        assert all(time.hour in (wanted.hour, (wanted.hour + 1) % 24) for time in local)
        if wanted.cadence is Cadence.DAILY:
            days = [time.date() for time in local]
            assert days == [days[0] + timedelta(days=n) for n in range(40)]
        else:
            assert {time.weekday() for time in local} == {wanted.weekday}
        if wanted.cadence is Cadence.WEEKLY:
            assert len({time.isocalendar()[:2] for time in local}) == 40
        if wanted.cadence is Cadence.MONTHLY:
            assert [slot.period for slot in found] == [month(time.date()) for time in local]
            assert all(time.day <= 7 for time in local)
        assert len({slot.period for slot in found}) == 40

    def test_turns_that_were_missed_are_all_accounted_for(self) -> None:
        first = datetime(2027, 3, 12, 7, tzinfo=UTC)
        due, later = due_slots(BERLIN, first, first + timedelta(days=16))
        assert [slot.period for slot in due] == ["2027-W10", "2027-W11", "2027-W12"]
        assert (due[0].due, later.period) == (first, "2027-W13")
        assert not is_too_late(due[-1], Cadence.WEEKLY, first + timedelta(days=16))
        assert is_too_late(due[-1], Cadence.WEEKLY, first + timedelta(days=18))


class TestChanges:
    THURSDAY = datetime(2027, 3, 11, 12, tzinfo=UTC)
    FRIDAY = datetime(2027, 3, 12, 7, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("change", "due"),
        [
            ({"weekday": 0}, FRIDAY),  # Monday of this week has passed: Friday stays, then Mondays
            ({"weekday": 5}, FRIDAY + timedelta(days=1)),
            ({"hour": 6}, FRIDAY - timedelta(hours=2)),
            ({"zone": "America/New_York"}, FRIDAY + timedelta(hours=6)),
            ({"cadence": Cadence.DAILY}, FRIDAY),
            ({"cadence": Cadence.MONTHLY}, datetime(2027, 4, 2, 6, tzinfo=UTC)),
        ],
    )
    def test_a_turn_to_come_is_neither_lost_nor_doubled(self, change: dict[str, object], due: datetime) -> None:
        new = replace(BERLIN, **change)  # type: ignore[arg-type]  # one field of many types
        assert after_change(BERLIN, new, self.FRIDAY, {"2027-W09"}, self.THURSDAY) == due

    def test_a_period_that_had_its_turn_gets_no_second_one(self) -> None:
        later = self.FRIDAY + timedelta(hours=1)
        saturday = replace(BERLIN, weekday=5)
        planned = self.FRIDAY + timedelta(weeks=1)
        assert after_change(BERLIN, saturday, planned, {"2027-W10"}, later) == planned + timedelta(days=1)

    @given(st.lists(st.tuples(preferences(), st.integers(1, 200)), min_size=1, max_size=12), TIMES)
    def test_no_period_is_served_twice_however_often_the_mind_is_changed(
        self, changes: list[tuple[Preferences, int]], now: datetime
    ) -> None:
        wanted, served, log = changes[0][0], set(), []
        due = next_slot(wanted, now).due
        for new, hours in changes:
            now += timedelta(hours=hours)
            while due <= now:
                passed, later = due_slots(wanted, due, due)
                assert len(passed) == 1
                log.append(passed[0].period)
                served.add(passed[0].period)
                due = later.due
            due = after_change(wanted, new, due, served, now)
            assert due > now
            wanted = new
        assert len(log) == len(set(log))
