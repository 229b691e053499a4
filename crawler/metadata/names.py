"""Names of people in what bylines say: labels, jobs, outlets and dates taken off, joined names taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.items import normalise
from crawler.page.dom import squeeze

_WORD = (
    r"written|posted|published|reported|reporting|story|text|words|review(?:ed)?|analysis|opinion|commentary|news|"
    r"interview|recap|author|submitted|beitrag|gastbeitrag|kommentar|kolumne|analyse|geschrieben|bericht|"
    r"escrito|publicado|scritto|a cura|article|écrit|publié"
)
LEAD = re.compile(
    rf"^\W*(?:(?:(?:ein|eine|a|an|is|was)\s+)?(?:{_WORD})\s+(?:by|von|por|par|di|door|av)\s*:?\s+|"
    r"(?:by|von|por|par|di|door|av|от)\s*(?::|\s)\s*|"
    r"(?:author|autor(?:in|a|e)?|auteur|autore|redactor|reporter|writer|texte?|texto|testo|words|interview|protokoll|автор|текст)\s*:\s*|"
    r"(?:撰文|作者|文字|記者|记者|編輯|取材・文|取材|執筆|ライター|著者|筆者|文|글|기자|글쓴이|작성자)\s*[/／:：|｜=]\s*|"
    r"(?:記者|记者)\s*(?=[\u4e00-\u9fff]{2,4}\s*[/／╱|｜]))",
    re.I,
)
"""How a line that names the authors begins."""
_SIGN = re.compile(
    r"\b(?:by|von|por|par|di|door|av|от|aut\w+|redactor|reporter|writer|text\w*|testo|words|interview|protokoll|автор|текст)\b|[文作記记編取執著筆글]|ライター|기자",
    re.I,
)
_INNER = re.compile(r"(?:^|[\s|:,–—/·•-])by\s*:?\s+(?=\S)", re.I)
_INNER_OTHER = re.compile(r"(?:[|:–—/·•-]\s*|\d\s+|Uhr\s+)(?:von|por|par|di|door)\s+(?=[A-ZÀ-Þ])")
_OTHER_WORK = re.compile(
    r"\b(?:photo\w*|pictures?|images?|illustrat\w+|art|artwork|video|edited|fact[- ]checked|checked|medically reviewed|"
    r"directed|created|hosted|sponsored|presented|powered|curated|produced|translated|approved|updated|fotos?|bilder|foto\w*)"
    r"\s+(?:by|von|por|di|par)\b.*",
    re.I | re.S,
)
_TRAIL = re.compile(
    r"\s*(?:[|•·–—\n]|\s-\s|\s/\s|\bon\s+(?=\w+[.,]{0,2}\s+(?:\w+\.?\s+)?\d)|\b(?:last\s+)?(?:updated|published|posted|modified)\b|"
    r"\b(?:see more|follow|staff writer|contributor|special to)\b|"
    r"\b(?:in|[Ff]or|at|of|im|für)\s+(?=[A-Z0-9]|the\b)|"
    r",?\s*\(?@\w|\s\d|\S+@\S).*",
    re.S,
)
_TRAIL_ANY_CASE = re.compile(
    r"\b(?:last\s+)?(?:updated|published|posted|modified)\b.*|"
    r"\b(?:see more|follow|unfollow|view all|view more|view profile|more by)\b.*|"
    r"\b(?:staff writer|contributor|special to)\b.*|發表.*|"
    r"(?<=[\u3040-\u9fff])\s*[/／╱].*|\b(?:\d+ )?min(?:ute)?s? read\b.*",
    re.I | re.S,
)
_JOB = re.compile(
    r"\b(?:writer|editor|reporter|correspondent|critic|columnist|journalist|producer|contributor|author|host|"
    r"redakteur(?:in)?|redaktor|autor(?:in)?|chefredakteur(?:in)?|korrespondent(?:in)?|periodista|redactora?|journaliste|"
    r"giornalista|jornalista|director|manager|founder|ceo)s?\b",
    re.I,
)
_NO_PERSON = re.compile(
    r"https?:|www\.|@|\d{3}|\d:\d|\.(?:com|co|org|net|de)\b|"
    r"\b(?:about|authors?|view|more|posts?|read|hire|admin|administrator|staff|team|redaktion\w*|newsroom|desk|unknown|"
    r"guest|webmaster|says|comments?|share|home|menu|profile|follow|contact|email|twitter|tweet|facebook|kommentare?|"
    r"instagram|watch live|live updates?|reports?|press|reuters|dpa|afp|ap|upi|efe|ansa|tass|pti|ians|xinhua|yonhap|"
    r"agenc\w+|agentur\w*|news|media|magazine|network|studios?|online|tv|radio|channel|zeitung|nachrichten|times|inc|"
    r"ltd|llc|gmbh|services?|wires?|editorial|editors?|correspondents?|redacci[oó]n|redazione|r[eé]daction|redação|"
    r"company|today|yesterday|ago|subscribe|newsletter|sign|by|advertisement|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|留言|"
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?:\s*\d|$)",
    re.I,
)
_SPLIT = re.compile(
    r"\s*(?:[;,&|、，]|\b(?:[Aa]nd|AND|[Uu]nd|[Ee]t|[Ww]ith|[Mm]it|и|en)\b)\s*|(?<=\S{2})\s+[ey]\s+(?=[A-ZÀ-Þ]\S+\s[A-ZÀ-Þ])"
)
_SHOUTED = re.compile(r"(?<=[a-zà-ÿ])\s+(?!(?:II|III|IV|JR|SJ)\b)[A-Z]{2,}\b.*$")
_POST_NOMINAL = re.compile(r"[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?|Ph\.?D\.?|Jr\.?|Sr\.?")
_INVERTED = re.compile(
    r"((?:(?:van|von|de|der|la|le|di|da|del)\s)*[^\W\d_][\w'’-]+),\s([^\W\d_][\w'’.-]*(?:\s[\w'’.-]+)?)"
)
_WITH_TITLE = re.compile(
    r"[A-ZÀ-Þ][\w.'’-]+(?:\s[A-ZÀ-Þ][\w.'’-]*){1,3},\s(?:[A-Z]{2,5}|M\.?D\.?|Ph\.?D\.?|Jr\.?|Sr\.?)"
)
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NAME_WORD = re.compile(r"[^\W\d_a-zß-öø-ÿа-я]|[a-z]{1,2}['’]?[A-Z]|\(?[\"'“‘(]")
_PARTICLES = frozenset(
    ["van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le", "el", "al",
     "bin", "ibn", "ben", "y", "e", "zu", "zum", "ten", "ter", "af", "av", "st", "st."]
)  # fmt: skip
_ACCOUNT = re.compile(
    r"(?:site|web)?[\s_-]?(?:admin\w*|root|user\w*|webmaster|unknown|guest|anonymous|author|editor)", re.I
)
_CALENDAR = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|"
    r"november|december|christmas|easter|thanksgiving)\b|\d{3}",
    re.I,
)
_OF_NEWSROOMS = frozenset(["of", "the", "and", "staff", "reporter", "reporters", "agencies", "wires", "desk", "team"])
_LONGEST, _MOST_WORDS = 45, 5


def people(texts: Iterable[str], stated: bool = False) -> tuple[str, ...]:
    """The names of people in texts, each once. `stated`: the texts are fields of data rather than lines for readers."""
    return _distinct(name for text in texts for name in _people_in(text, stated))


def organisations(texts: Iterable[str]) -> tuple[str, ...]:
    """What else is named as author: a newsroom, an agency, a desk."""
    found = (_TRAIL.sub("", _led_part(squeeze(_plain(text)))).split(",")[0].strip(" .,:;-–—|/") for text in texts)
    kept = (name for name in found if 1 < len(name) <= _LONGEST and len(name.split()) <= _MOST_WORDS)
    return _distinct(name for name in kept if not _ACCOUNT.fullmatch(name))


def full(names: Iterable[str]) -> bool:
    """Is one of them a whole name, rather than a login or a first name?"""
    return any(" " in name or _EAST.search(name) for name in names)


def after_lead(text: str) -> str:
    """The text behind its "By"."""
    return LEAD.sub("", text, count=1)


def starts_byline(text: str) -> bool:
    """Does the line begin as those do that name the authors, and go on like a name?"""
    found = LEAD.match(text)
    return bool(found and re.match(r"[^\W_a-zà-ÿ]", text[found.end() :]))


def may_hold_byline(text: str) -> bool:
    """A quick look before `holds_byline`."""
    return bool(_SIGN.search(text))


def holds_byline(text: str, inside: bool = True) -> bool:
    """Does the line begin so, or go on so behind a date, a label or a sign? A sentence is none."""
    if text.endswith((".", "!", "?")) and text.count(" ") > 6 and not re.search(r"\d", text):
        return False
    if starts_byline(text):
        return True
    found = (_INNER.search(text) or _INNER_OTHER.search(text)) if inside else None
    if not found or found.start() > 60 or not re.match(r"[^\W_a-zà-ÿ]", text[found.end() :]):
        return False
    return "By" in found[0] or "BY" in found[0] or bool(re.search(r"\d|[|:·•–—/,-]\s?$", text[: found.start() + 1]))


def is_newsroom(name: str) -> bool:
    """Could this be a newsroom's name, as readers see it: capitals, and the words that newsrooms are called by?"""
    words = name.split()
    return not _CALENDAR.search(name) and all(_NAME_WORD.match(word) or word.lower() in _OF_NEWSROOMS for word in words)


def _people_in(text: str, stated: bool) -> list[str]:
    if stated and (turned := _turned(text)):
        return turned
    if stated and _WITH_TITLE.fullmatch(text.strip()):
        return [squeeze(text)]
    line = _named_part(_plain(text))
    parts = [clean_name(part) for part in _SPLIT.split(line) if part]
    found = [part for part in parts if is_person(part)]
    # beside a name, what is no name by itself: "MD", "The Gazette"
    return [n for n in found if not _POST_NOMINAL.fullmatch(n) and not n.startswith("The ")] or found


def _plain(text: str) -> str:
    return re.sub(r"\([^()]*\)", " ", text[:400]).strip(" :\n\t\u200b\xa0")


def _turned(text: str) -> list[str]:
    """Family names before given names ("You, Xiaoying; Doe, Jane") put into speaking order."""
    parts = [part.strip() for part in text[:400].split(";") if part.strip()]
    found = [_INVERTED.fullmatch(part) for part in parts]
    names = [f"{m[2]} {m[1]}" for m in found if m and not _POST_NOMINAL.fullmatch(m[2])]
    return names if len(names) == len(parts) else []


def _named_part(text: str) -> str:
    """What stands between "by" and the date, job or outlet that follows."""
    return squeeze(_TRAIL.sub("", _TRAIL_ANY_CASE.sub("", _led_part(text)).strip()))


def _led_part(text: str) -> str:
    """What stands behind "by", wherever that is, and before other work than writing ("photos by")."""
    led = LEAD.match(text)
    text = _OTHER_WORK.sub("", text[led.end() :] if led else text)
    inner = None if led else _INNER.search(text) or _INNER_OTHER.search(text)
    return text[inner.end() :] if inner and inner.end() < 90 else text


def clean_name(text: str) -> str:
    """One name without the job and the outlet behind it; a shouted name in mixed case."""
    name = _TRAIL_ANY_CASE.sub("", after_lead(text)).strip(" .,:;-–—|/'\"*…")
    name = re.sub(r"\s기자$", "", name)
    name = _SHOUTED.sub("", name)
    if _JOB.search(name) and len(name.split()) > 2:
        name = " ".join(name.split()[:2])
    return name.title() if name.isupper() and " " in name else name


def is_person(name: str) -> bool:
    """Could this be somebody's name or pseudonym?"""
    words = name.split()
    if not 1 < len(name) <= _LONGEST or len(words) > _MOST_WORDS or not re.search(r"[^\W\d_]", name):
        return False
    if _NO_PERSON.search(name) or _JOB.search(name):
        return False
    return len(words) == 1 or all(_NAME_WORD.match(word) or word.lower() in _PARTICLES for word in words)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, with or without middle initials."""
    out: dict[str, str] = {}
    for name in names:
        words = normalise(name).replace(".", " ").split()
        out.setdefault(" ".join([word for word in words if len(word) > 1] or words), name)
    return tuple(out.values())
