"""The mails that `evaluation.mails` has judged: what happens in the world of each before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from evaluation.newsstand import DAY, NAMES, OFFICIAL, PEOPLE, REPORTED, RUMOUR, Stand
from worker.models import Cadence, Field, Kind
from worker.privacy import ask_export, send_export
from worker.signup import Wish, sign_up, welcome
from worker.subscribers import find_subscriber

WEEK = timedelta(days=7)
READER = "mira@reader.example"
MOST_HTML, MOST_AT_TWENTY = 90 << 10, 60 << 10  # bytes


@dataclass(frozen=True, slots=True)
class Case:
    """One mail: what happens before it is sent, and how it is to be judged."""

    name: str
    play: Callable[[Stand], None]
    options: tuple[str, ...] = ()
    most: int = MOST_HTML


def one_show(stand: Stand) -> None:
    """One show, one thing of each."""
    (show,) = stand.open(["Harbour Lights"])
    stand.say(show, Field.STATUS, "renewed", OFFICIAL, outlet="Network Press Room")
    stand.rewrite(show, "All about season 2", "Is there a date?", "There is no word yet.", "Filming began in May.")
    stand.discussed(show, "Harbour Lights sets its return")
    stand.reader(READER)
    stand.send()


def twenty(stand: Stand) -> None:
    """Twenty shows, all of them full."""
    for show in stand.open(NAMES[:20]):
        stand.much(show, 5)
    stand.reader(READER)
    stand.send()


def forty(stand: Stand) -> None:
    """Forty shows and three hundred updates."""
    for show in stand.open(NAMES[:40]):
        stand.much(show, 8)
    stand.reader(READER, cadence=Cadence.MONTHLY)
    stand.send()


def small(stand: Stand) -> None:
    """A week as most are: one change, a date to come, and shows without news. The reader has had a digest before."""
    shows = stand.open(["Harbour Lights", "Night Ferry", "The Glass Orchard", "Paper Crown"])
    stand.reader(READER)
    stand.say(shows[1], Field.STATUS, "renewed", RUMOUR, ago=9 * DAY, season=3, outlet="Lighthouse Keepers")
    stand.day(shows[0], 100, REPORTED, ago=9 * DAY, outlet="Screen Calendar")
    stand.send(ago=WEEK)
    stand.day(shows[0], 32, OFFICIAL, outlet="Network Press Room")
    stand.discussed(shows[0], "Harbour Lights sets its return")
    stand.article(shows[2], "How the orchard was built")
    stand.send()


def rumours(stand: Stand) -> None:
    """Only rumours."""
    shows = stand.open(["Harbour Lights", "Night Ferry"])
    stand.say(shows[0], Field.STATUS, "renewed", RUMOUR)
    stand.say(shows[0], Field.CAST, f"leaves: {PEOPLE[0]}", RUMOUR)
    stand.say(shows[1], Field.PRODUCTION, "started", RUMOUR, season=3)
    stand.reader(READER)
    stand.send()


def correction(stand: Stand) -> None:
    """What this reader was told is wrong: that comes first."""
    shows = stand.open(["Harbour Lights", "A Night Ferry"])
    stand.reader(READER)
    stand.say(shows[0], Field.STATUS, "cancelled", RUMOUR, ago=9 * DAY, kind=Kind.CANCELLATION)
    stand.say(shows[1], Field.STATUS, "renewed", RUMOUR, ago=9 * DAY, season=3)
    stand.send(ago=WEEK)
    denial = "“The show is not cancelled,” the network said on Thursday."
    stand.say(shows[0], Field.STATUS, "denied", OFFICIAL, kind=Kind.CANCELLATION, evidence=denial)
    stand.say(shows[1], Field.STATUS, "renewed", OFFICIAL, season=3, outlet="Network Press Room")
    stand.send()


def spoilers(stand: Stand) -> None:
    """News of the plot, for who does not want to know."""
    (show,) = stand.open(["Harbour Lights"])
    plot = "In the finale the captain is killed off by the keeper."
    stand.say(show, Field.PLOT, plot, OFFICIAL, evidence=plot, title="The captain dies: the end explained")
    stand.say(show, Field.STATUS, "renewed", OFFICIAL)
    stand.reader(READER)
    stand.send()


def korean(stand: Stand) -> None:
    """A reader in Seoul."""
    shows = stand.open(["등대의 불빛", "밤의 여객선", "유리 과수원"])
    said = "방송사는 화요일에 시즌 2 제작을 확정했다고 밝혔다. 주연 배우들도 모두 돌아온다."
    more: dict[str, Any] = {"language": "ko", "evidence": said, "title": "‘등대의 불빛’ 시즌 2 제작 확정"}
    stand.say(shows[0], Field.STATUS, "renewed", OFFICIAL, outlet="텔레비전 신문", **more)
    stand.day(shows[0], 32, outlet="텔레비전 신문", **more)
    stand.say(shows[1], Field.CAST, "joins: 김하늘", RUMOUR, outlet="드라마 소식", **more)
    stand.discussed(
        shows[0], "‘등대의 불빛’ 시즌 2", ["드디어! 정말 오래 기다렸어요. 이번에는 여덟 편이라니 행복합니다."]
    )
    stand.reader(READER, language="ko", zone="Asia/Seoul")
    stand.send()


def spanish(stand: Stand) -> None:
    """A reader in Madrid."""
    shows = stand.open(["Luces del puerto", "El huerto de cristal"])
    more: dict[str, Any] = {"language": "es", "title": "«Luces del puerto» tendrá segunda temporada"}
    stand.say(
        shows[0], Field.STATUS, "renewed", RUMOUR, ago=9 * DAY, evidence="Se habla de una segunda temporada.", **more
    )
    stand.reader(READER, language="es", zone="Europe/Madrid")
    stand.send(ago=WEEK)
    said = "La cadena confirmó el martes que habrá segunda temporada, con ocho episodios."
    stand.say(shows[0], Field.STATUS, "renewed", OFFICIAL, evidence=said, outlet="Diario de series", **more)
    stand.day(shows[0], 32, REPORTED, evidence=said, outlet="Diario de series", **more)
    stand.discussed(
        shows[0], "Vuelven las luces", ["¡Por fin! Llevo dos años esperando esta noticia, y aún no me lo creo."]
    )
    stand.send()


def any_script(stand: Stand) -> None:
    """Names and quotes that are written from the right, and names that are very long."""
    long = "The Extraordinarily Long and Winding Chronicle of the Lighthouse Keepers of the Outer Northern Archipelago"
    shows = stand.open(["أضواء الميناء", "מעבורת לילה", long, "Donaudampfschifffahrtsgesellschaftskapitänsgeheimnisse"])
    arabic: dict[str, Any] = {
        "evidence": "قالت الشبكة يوم الثلاثاء إن الموسم الثاني سيبدأ في مارس، وإن فريق العمل عاد.",
        "title": "عودة أضواء الميناء",
    }
    hebrew: dict[str, Any] = {
        "evidence": "הרשת אישרה ביום שלישי כי העונה השנייה תחזור עם 8 פרקים.",
        "title": "מעבורת לילה חוזרת",
    }
    stand.say(shows[0], Field.STATUS, "renewed", OFFICIAL, outlet="جريدة المسلسلات", language="ar", **arabic)
    stand.say(shows[0], Field.CAST, "joins: ليلى حداد", REPORTED, outlet="جريدة المسلسلات", language="ar", **arabic)
    stand.say(shows[1], Field.EPISODES, "8", OFFICIAL, outlet="עיתון הסדרות", language="he", **hebrew)
    stand.say(shows[2], Field.CAST, f"joins: {' '.join(PEOPLE)}", REPORTED)
    stand.say(shows[3], Field.STATUS, "renewed", RUMOUR)
    stand.discussed(
        shows[0], "عودة أضواء الميناء", ["أخيرا! انتظرت هذا الخبر منذ سنتين ولا أصدقه بعد.", "מחכה כבר שנתיים!"]
    )
    stand.reader(READER)
    stand.send()


def plain(stand: Stand) -> None:
    """A reader who wants plain text."""
    for show in stand.open(NAMES[:5]):
        stand.much(show, 3)
    stand.reader(READER, plain=True)
    stand.send()


def sign_up_mail(stand: Stand) -> None:
    """The one mail to an address that nobody has confirmed."""
    shows = stand.open(["Harbour Lights", "밤의 여객선"])
    sign_up(stand.kit.store, stand.kit.post, Wish(READER, "Europe/Berlin", "en", tuple(shows)), "page", stand.now)


def welcome_mail(stand: Stand) -> None:
    """What somebody gets who has confirmed."""
    stand.open(["Harbour Lights", "밤의 여객선"])
    welcome(stand.kit.store, stand.kit.post, stand.reader(READER, ago=timedelta()), stand.now)


def again_mail(stand: Stand) -> None:
    """What somebody gets who asks for what they have."""
    stand.open(["Harbour Lights"])
    stand.reader(READER, language="es")
    sign_up(stand.kit.store, stand.kit.post, Wish(READER, "Europe/Madrid", "es"), "page", stand.now)


def export_mail(stand: Stand) -> None:
    """All that is stored about somebody, by mail, with what a digest has left behind."""
    one_show(stand)
    with stand.kit.store.begin() as tx:
        reader = find_subscriber(tx, READER)
        ask_export(tx, reader, "page", stand.now)
    send_export(stand.kit.store, stand.kit.post, reader.id, stand.now)


LETTER = ("--kind", "transactional")
CASES = [
    Case("one-show", one_show),
    Case("twenty-shows", twenty, most=MOST_AT_TWENTY),
    Case("forty-shows", forty),
    Case("small-week", small),
    Case("only-rumours", rumours),
    Case("correction", correction),
    Case("spoiler-free", spoilers),
    Case("korean", korean),
    Case("spanish", spanish),
    Case("any-script", any_script),
    Case("plain-text", plain, ("--plain",)),
    Case("confirm", sign_up_mail, LETTER),
    Case("welcome", welcome_mail, LETTER),
    Case("welcome-again", again_mail, LETTER),
    Case("export", export_mail, LETTER),
]
