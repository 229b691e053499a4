"""What is a change between two versions of a page, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Section
from worker.ingest.changes import diff_sections, is_new_version
from worker.models import SectionChange

BASE = "The network has renewed Saltmarsh for a second season. Filming starts in Gdynia in March."


def page(text: str, heading: str = "") -> list[Section]:
    return [Section(heading, text)]


def changed(old: str, new: str, language: str = "en") -> tuple[SectionChange, ...]:
    return diff_sections(page(old), page(new), language)


NO_CHANGE = [
    (f"{BASE}\nUpdated 2 minutes ago", f"{BASE}\nUpdated 3 hours ago"),
    (f"{BASE}\n2 hours ago", f"{BASE}\n5 hours ago"),
    (f"{BASE}\n5m ago", f"{BASE}\njust now"),
    (f"{BASE}\nLast updated: 3 May 2026, 10:42 GMT", f"{BASE}\nLast updated: 4 May 2026, 18:05 GMT"),
    (f"{BASE}\nLast updated on May 3, 2026", f"{BASE}\nLast updated on May 9, 2026"),
    (
        f"{BASE}\nThis article was updated on Monday at 9:15 am ET",
        f"{BASE}\nThis article was updated on Friday at 1 pm",
    ),
    (f"{BASE}\nPublished May 3, 2026", f"{BASE}\nPublished May 3, 2026 | Updated May 4, 2026"),
    (BASE, f"{BASE}\nUpdated today"),
    (f"10:42 - {BASE}", f"10:45 - {BASE}"),
    (f"9:30 AM ET: {BASE}", BASE),
    (f"{BASE}\n10:42 am", f"{BASE}\n11:15 am"),
    (f"{BASE}\n1,204 views", f"{BASE}\n18,340 views"),
    (f"{BASE}\n12 comments", f"{BASE}\n57 comments"),
    (f"{BASE}\n1.2K shares", f"{BASE}\n3.4K shares"),
    (f"{BASE}\n3 min read", f"{BASE}\n4 min read"),
    (f"{BASE}\nReading time: 3 minutes", BASE),
    (f"{BASE} The clip has 1.2 million views.", f"{BASE} The clip has 3.4 million views."),
    ("First part here.\nSecond part there.", "Second part there.\nFirst part here."),
    ("Filming starts soon. It is cold.", "Filming   starts soon.\n\nIt is cold. "),
    ("Lind said “we are back” on the show’s page.", 'Lind said "we are back" on the show\'s page.'),
    ("The pilot – played by Lind – is back.", "The pilot - played by Lind - is back."),
    (BASE, f"{BASE}\nRead more: The ten best dramas about boats"),
    (f"{BASE}\nRelated: Fogbound is cancelled", f"{BASE}\nRelated: Who is Mara Lind?"),
    (f"{BASE}\nALSO READ: Fogbound is cancelled", BASE),
    (BASE, f"{BASE}\nSign up for our weekly newsletter"),
    (BASE, f"{BASE}\nAdvertisement"),
    (f"{BASE}\nMore from our drama desk", BASE),
    ("IT IS OFFICIALLY BACK!", "It is officially back."),
    ("They will not return. It won't happen.", "They won't return. It will not happen."),
    ("It has two episodes.", "It has 2 episodes."),
    ("The show was canceled in the spring.", "The show was cancelled in the spring."),
    ("They recieved a second order for it.", "They received a second order for it."),
    ("A spin-off is being written now.", "A spinoff is being written now."),
    (f"{BASE} {BASE}", BASE),
    ("It starts soon\nFollow us on every platform", "It starts soon"),
]


@pytest.mark.parametrize(("old", "new"), NO_CHANGE)
def test_what_is_no_change(old: str, new: str) -> None:
    assert changed(old, new) == ()
    assert changed(new, old) == ()


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("es", "Vuelve en otoño.\nActualizado hace 5 minutos", "Vuelve en otoño.\nActualizado hace 2 horas"),
        ("es", "Vuelve en otoño.\nPublicado el 3 de mayo de 2026", "Vuelve en otoño."),
        ("es", "Vuelve en otoño.\nLee también: Otra serie", "Vuelve en otoño."),
        ("ko", "내년에 돌아온다.\n5분 전", "내년에 돌아온다.\n2시간 전"),
        (
            "ko",
            "내년에 돌아온다.\n입력 2026.05.03 오전 10:42",
            "내년에 돌아온다.\n입력 2026.05.03 오전 10:42 | 수정 2026.05.04 오후 1:10",
        ),
        ("ko", "내년에 돌아온다.\n조회수 1,204", "내년에 돌아온다.\n조회수 18,340"),
    ],
)
def test_what_is_no_change_in_other_languages(language: str, old: str, new: str) -> None:
    assert changed(old, new, language) == ()


REAL = [
    ("It is on every Sunday at 9 pm.", "It is on every Sunday at 10 pm."),
    ("It returns in 2026.", "It returns in 2027."),
    ("It returns on May 3.", "It returns on May 10."),
    ("It returns in early 2027.", "It returns in late 2027."),
    ("Release date\n3 May 2026", "Release date\n10 May 2026"),
    ("It returns in the spring.", "It returns in the fall."),
    ("It is on Mondays at nine.", "It is on Tuesdays at nine."),
    ("It airs at 9:00 pm on Sunday nights.", "It airs at 10:00 pm on Sunday nights."),
    ("Mara Lind plays the pilot.", "Una Bell plays the pilot."),
    ("Jon Lind plays the pilot.", "John Lind plays the pilot."),
    ("Carlsen directs it.", "Karlsen directs it."),
    ("Daniel Reyes directs it.", "Daniela Reyes directs it."),
    ("The season has eight episodes.", "The season has ten episodes."),
    ("It was seen by 4.7 million viewers.", "It was seen by 5.1 million viewers."),
    ("It cost $90 million.", "It cost $120 million."),
    ("It is renewed for season 2.", "It is renewed for season 3."),
    ("It will return.", "It will not return."),
    ("It will return.", "It won't return."),
    ("It has been renewed.", "It has been cancelled."),
    ("A return is likely.", "A return is unlikely."),
    ("Filming has started.", "Filming has wrapped."),
    ("It is expected in May.", "It is confirmed for May."),
    ("A source says that it is over.", "The network says that it is over."),
    ("It may be back.", "It is back."),
    (BASE, f"{BASE} Una Bell joins the cast."),
    (f"{BASE} Una Bell joins the cast.", BASE),
    (BASE, f"{BASE}\nUpdate: Una Bell joins the cast."),
    (BASE, f"Updated May 3, 2026: it has been cancelled.\n{BASE}"),
    (BASE, f"10:42 - It has been cancelled.\n{BASE}"),
    ("The spinoff is called Fog.", "The spinoff is called Mist."),
    ("It moves from ABC to NBC.", "It moves from ABC to CBS."),
    ("It is on Netflix in France.", "It is on Netflix in Spain."),
    ("Lind leaves the show.", "Lind joins the show."),
    ("The trailer is out on Friday.", "The trailer is out now."),
    ("There are no talks about it.", "There are talks about it."),
]


@pytest.mark.parametrize(("old", "new"), REAL)
def test_what_is_a_change(old: str, new: str) -> None:
    changes = changed(old, new)
    assert is_new_version(changes)
    assert all(text not in old for change in changes for text in change.new)
    assert all(text not in new for change in changes for text in change.old)


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("es", "Vuelve el 3 de mayo.", "Vuelve el 10 de mayo."),
        ("es", "La serie vuelve.", "La serie no vuelve."),
        ("ko", "2026년에 돌아온다.", "2027년에 돌아온다."),
    ],
)
def test_what_is_a_change_in_other_languages(language: str, old: str, new: str) -> None:
    assert is_new_version(changed(old, new, language))


def test_a_rewritten_sentence_stands_beside_its_old_form() -> None:
    old = "Mara Lind stays. It returns in 2026 on its network."
    new = "It returns in early 2027 on its network. Mara Lind stays. Una Bell joins them."
    expected = SectionChange(
        "",
        ("It returns in 2026 on its network.",),
        ("It returns in early 2027 on its network.", "Una Bell joins them."),
    )
    assert changed(old, new) == (expected,)


def test_changes_are_told_by_section() -> None:
    old = [
        Section("", "Intro stays."),
        Section("Release date", "It is out in 2026."),
        Section("Cast", "Lind is in it."),
    ]
    new = [
        Section("", "Intro stays."),
        Section("Release date and time", "It is out in 2027."),
        Section("Plot", "A ship is found without a crew."),
    ]
    assert diff_sections(old, new) == (
        SectionChange("Release date and time", ("It is out in 2026.",), ("It is out in 2027.",)),
        SectionChange("Plot", (), ("A ship is found without a crew.",)),
        SectionChange("Cast", ("Lind is in it.",), ()),
    )


def test_moved_and_renamed_sections_are_no_change() -> None:
    old = [Section("Cast", "Lind is in it."), Section("Date", "It is out in 2026.")]
    new = [Section("When?", "It is out in 2026."), Section("Cast", "Lind is in it.")]
    assert diff_sections(old, new) == ()


def test_sections_that_lead_elsewhere_do_not_count() -> None:
    new = [*page(BASE), Section("Related articles", "Fogbound is cancelled.")]
    assert diff_sections(page(BASE), new) == ()


def test_nothing_is_no_new_version() -> None:
    assert not is_new_version(())
    assert not is_new_version((SectionChange("x", (), ()),))


SECTIONS = st.lists(
    st.builds(
        Section,
        st.sampled_from(["", "Cast", "Casting", "Plot"]),
        st.lists(st.sampled_from([*(one for pair in NO_CHANGE + REAL for one in pair)]) | st.text(max_size=40)).map(
            "\n".join
        ),
    ),
    max_size=4,
)


@given(SECTIONS, SECTIONS)
def test_a_page_never_differs_from_itself_and_changes_are_its_own_sentences(
    old: list[Section], new: list[Section]
) -> None:
    assert diff_sections(old, old) == ()
    assert diff_sections(old, list(reversed(old))) == ()
    told = diff_sections(old, new)
    assert all(change.old or change.new for change in told)
    assert all(any(text in section.text for section in new) for change in told for text in change.new)
    assert all(any(text in section.text for section in old) for change in told for text in change.old)
