"""How each language says a date: its words, their meaning, and the patterns they stand in. Read by `when`.

A pattern names its parts by groups: `part` (early, mid, late), `rel` (this, next, last), `number` or `month`, `day`,
`season`, `quarter`, `half`, `week`, `weekday`, `near` (today), `holiday`, `year`, `span`, and `year_rel` (next year).
`<name>` in a pattern stands for the alternative of all words of that vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Vocabulary = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and pieces of text of which it needs one: looking for those first is a hundred times cheaper."""

    pieces: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language's rules (the earlier one wins), its words, and what may stand around a date.

    `common` are words that are a date only behind `before`, and never when written like `unlike`; `year_before` and
    `year_after` stand around a year alone.
    """

    rules: tuple[Rule, ...]
    words: Mapping[str, Vocabulary]
    common: frozenset[str]
    unlike: re.Pattern[str]
    before: re.Pattern[str]
    year_before: re.Pattern[str]
    year_after: re.Pattern[str]
    airs: re.Pattern[str]
    past: re.Pattern[str]
    either: re.Pattern[str]
    until: re.Pattern[str]


def fold(text: str) -> str:
    """A word as vocabularies have it."""
    return " ".join(text.casefold().rstrip(".").replace("-", " ").split())


def _numbers(names: str, first: int = 1) -> dict[str, int]:
    """Words to numbers: "a|b c" makes a and b 1, c 2."""
    return {name: n for n, group in enumerate(names.split(), first) for name in group.split("|")}


def _any(words: Vocabulary) -> str:
    """An alternative of words, the longest first; a space in one may be a hyphen in the text."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", "[ -]+") for word in longest)


def _compile(patterns: Sequence[tuple[str, str]], words: Mapping[str, Vocabulary]) -> tuple[Rule, ...]:
    """Rules of pairs: the pieces of which one is needed, and the pattern."""
    named = {name: f"(?P<{name}>{_any(meaning)})" for name, meaning in words.items()}
    holes = re.compile(rf"(?<!\?P)<({'|'.join(named)})>")
    return tuple(
        Rule(
            tuple(piece.replace("_", " ") for piece in pieces.split()),
            re.compile(holes.sub(lambda hole: named[hole[1]], one), re.IGNORECASE),
        )
        for pieces, one in patterns
    )


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_YEAR = r"(?P<year>(?:19[5-9]|20\d)\d)(?![\d%])(?![.,:]\d)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?P<number>1[0-2]|0?[1-9])"
_LONE = r"(?<![\w$€£#.,:'\"“”’(/-])"  # what a year alone never follows: "1899", (2019), $2024
_LONE_END = r"(?![\w%'\"”’-])(?![.,:]\d)"
# "Season 2 July 2023" has no second of July.
_NO_COUNT = "".join(
    rf"(?<!{word} )" for word in ("season", "series", "part", "episode", "volume", "chapter", "temporada")
)
_FREE_DAY = rf"(?<![\w$€£.,:/-]){_NO_COUNT}{_DAY}"

_WRITTEN = (
    ("20 19", rf"(?<![\d/.-]){_YEAR}-(?P<number>0[1-9]|1[0-2])-(?P<day>\d\d)(?!\d)"),
    ("20 19", rf"(?<![\d/.-]){_YEAR}-(?P<number>0[1-9]|1[0-2])(?![\d-])"),
    ("20 19", rf"(?<![\d/.])(?P<year>20\d\d)(?:/|\. ?){_MONTH}(?:/|\. ?){_DAY}(?!\d)"),
    ("20 19", rf"(?<![\d/.])(?P<day>1[3-9]|2\d|3[01])[/.]{_MONTH}[/.](?P<year>20\d\d)(?!\d)"),
)
# 13/2/2024 can be read in one way everywhere, 9/2/2024 only where a language has one order.
_MONTH_FIRST = rf"(?<![\d/.]){_MONTH}[/.](?P<day>1[3-9]|2\d|3[01])[/.](?P<year>20\d\d)(?!\d)"
_DAY_FIRST = rf"(?<![\d/.]){_DAY}[/.]{_MONTH}[/.](?P<year>20\d\d)(?!\d)"
_NEVER = _re(r"(?!)")


def _english() -> Grammar:
    words: dict[str, Vocabulary] = {
        "month": _numbers(
            "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep "
            "october|oct november|nov december|dec"
        ),
        "season": {"winter": 0, "spring": 1, "summer": 2, "fall": 3, "autumn": 3},
        "part": {
            **dict.fromkeys(("early", "beginning of", "start of", "top of", "the new year"), 0),
            **dict.fromkeys(("mid", "middle of", "midway through"), 1),
            **dict.fromkeys(("late", "end of", "tail end of", "back end of", "year's end", "year end"), 2),
        },
        "quarter": _numbers("1|first|1st 2|second|2nd 3|third|3rd 4|fourth|4th"),
        "half": _numbers("1|first|1st|front 2|second|2nd|latter|later|back"),
        "rel": {"this": 0, "this coming": 0, "next": 1, "coming": 0, "upcoming": 0, "last": -1, "this past": -1},
        "year_rel": {"this": 0, "the": 0, "the same": 0, "next": 1, "the next": 1, "the coming": 1, "last": -1},
        "weekday": _numbers("monday tuesday wednesday thursday friday saturday sunday", first=0),
        "near": {"today": 0, "tonight": 0, "tomorrow": 1},
        "holiday": {
            "christmas day": 1225, "christmas eve": 1224, "boxing day": 1226, "new year's day": 101,
            "new year's eve": 1231, "valentine's day": 214, "halloween": 1031,
        },
    }  # fmt: skip
    part = r"(?:\b<part>[ -]+(?:(?:of|in|on|the)[ -]+)*)"
    year = rf"(?:,? +(?:(?:of|in) +)?(?:{_YEAR}(?:[-–/](?P<span>\d\d(?:\d\d)?)\b)?|<year_rel> +year\b(?!'s)))"
    week = r"(?:(?P<week>week) of +(?:the +)?)?"
    months = " ".join(sorted({month[:3] for month in words["month"]}))
    patterns = (
        *_WRITTEN,
        ("20", _MONTH_FIRST),
        (months, rf"{week}{_FREE_DAY}(?:st|nd|rd|th)?(?: +of)? +<month>\b\.?{year}?"),
        (
            months,
            rf"{week}{part}?(?:\b<rel> +)?\b<month>\b\.?"
            rf"(?: +(?:the +)?{_DAY}(?:st|nd|rd|th)?\b(?![:%]|[.,]\d| +[mb]illion))?{year}?",
        ),
        ("19 20", rf"{_LONE}{_YEAR},? +(?:<season>|Q<quarter>)\b"),
        ("winter spring summer fall autumn", rf"{part}?(?:\b<rel> +)?\b<season>\b{year}?"),
        ("q", rf"{part}?\bQ ?<quarter>\b{year}?"),
        ("quarter", rf"{part}?\b<quarter>[ -]quarter\b(?![ -]?final){year}?"),
        ("half", rf"\b<half>[ -]half\b{year}"),
        ("h1 h2", rf"\bH<half>\b{year}"),
        ("year", rf"{part}(?:<year_rel> +)?year\b(?!'s)"),
        ("year", r"\b(?:within|later in) +<year_rel> +year\b(?!'s)"),
        ("year", r"\b(?!the\b)<year_rel> +year\b(?!'s|[ -]old)"),
        ("year", r"\bin +(?P<part>the new year)\b(?!'s)"),
        ("year", r"\b(?P<part>year's end|year-end)\b"),
        ("19 20", rf"{part}{_YEAR}{_LONE_END}"),
        ("19 20", rf"{_LONE}{_YEAR}{_LONE_END}"),
        ("month week day", rf"{part}?(?<!earlier )\b<rel> +(?:month\b(?!'s)|(?P<week>week)\b(?!'s)|<weekday>\b(?!'s))"),
        ("christmas boxing new_year valentine halloween", rf"\b<holiday>\b(?:,? +{_YEAR})?"),
        ("today tonight tomorrow", r"\b<near>\b(?!'s)"),
    )
    release = r"(?:release|premiere|debut|launch|return|start|bow|window|air ?date)"
    return Grammar(
        rules=_compile(patterns, words),
        words=words,
        common=frozenset({"may", "march", "april", "june", "august", "jan", "mar", "sep", *words["season"]}),
        unlike=re.compile(r"may|march"),  # the verbs
        before=_re(r"\b(?:in|until|till|around|through|during|by|since|before|come|for|or|and|to|between)(?: the)? +$"),
        year_before=_re(
            r"(?:^|\b(?:in|for|until|till|by|to|into|sometime|around|during|from|before|after|through|or|"
            r"due|set|slated|is|be|expected|targeting|eyeing|coming|premieres?|premiering|arriv\w+|return\w*|debut\w*|"
            r"launch\w*|released?)(?: in| for)? +|date: *|\(in +|/)$"
        ),
        year_after=_re(
            rf" +(?:(?:(?:for|as) (?:the|its|a|his|her|their) )?(?:\w+ )?{release}"
            r"|(?:had been|is|was|looks|remains|would be) (?:\w+ ){0,2}"
            r"(?:expected|likely|planned|possible|target|goal|plan|guess|bet))\b"
        ),
        airs=_re(
            r"\b(?:premier\w*|arriv\w*|starts?|begins?|ends?|airs?|drops?|debuts?|launch(?:es)?|returns?|out|"
            r"streaming|available|lands?|back|bows?|comes?|starting|beginning|until|till)\b[^.;,]{0,20}$"
        ),
        past=_re(
            r"(?<!be )(?<!is )(?<!are )\b(?:premiered|debuted|aired|launched|arrived|dropped|came(?: out)?|began|"
            r"started|ended|wrapped|published|posted|announced|revealed|confirmed|reported|said|told|released|was|were)"
            r"(?: (?:back|on|in|around|way|this|the|\w+day,?))* *$"
        ),
        either=_re(r"(?: *,? +or +|/)(?:(?:in|the|of|even|possibly|maybe) +)*"),
        until=_re(r" *(?: to | and |through|until|[-–]|&) *(?:(?:the|in) +)*"),
    )


def _spanish() -> Grammar:
    words: dict[str, Vocabulary] = {
        "month": _numbers(
            "enero|ene febrero|feb marzo abril mayo junio julio agosto septiembre|setiembre|sept|sep octubre|oct "
            "noviembre|nov diciembre|dic"
        ),
        "season": {"invierno": 0, "primavera": 1, "verano": 2, "otoño": 3},
        "part": {
            **dict.fromkeys(("principios", "principio", "comienzos", "comienzo", "inicios", "inicio"), 0),
            **dict.fromkeys(("mediados",), 1),
            **dict.fromkeys(("finales", "final", "fines", "fin"), 2),
        },
        "quarter": _numbers("primer|1er segundo tercer|3er cuarto|último"),
        "half": _numbers("primer|primera segundo|segunda"),
        "rel": {
            **dict.fromkeys(("este", "esta", "este mismo", "esta misma"), 0),
            **dict.fromkeys(("próximo", "próxima", "proximo", "proxima", "que viene"), 1),
            **dict.fromkeys(("pasado", "pasada"), -1),
        },
        "year_rel": {
            **dict.fromkeys(("este año", "este mismo año", "presente año"), 0),
            **dict.fromkeys(("próximo año", "proximo año", "año que viene", "año próximo"), 1),
            **dict.fromkeys(("año pasado", "pasado año"), -1),
        },
        "weekday": _numbers("lunes martes miércoles|miercoles jueves viernes sábado|sabado domingo", first=0),
        "near": {"hoy": 0, "hoy mismo": 0, "esta noche": 0, "mañana": 1},
        "holiday": {
            **dict.fromkeys(("día de navidad", "navidad"), 1225),
            "nochebuena": 1224, "nochevieja": 1231, "año nuevo": 101, "san valentín": 214, "halloween": 1031,
        },
    }  # fmt: skip
    part = r"(?:\b<part> +del? +(?:(?:el|la) +)?)"
    year = rf"(?:,? +(?:del? +)?(?:{_YEAR}|(?:el +)?<year_rel>\b))"
    months = " ".join(sorted({month[:3] for month in words["month"]}))
    patterns = (
        *_WRITTEN,
        ("20", _DAY_FIRST),
        (months, rf"{_FREE_DAY}(?:º|°|ero)? +de +<month>\b{year}?"),
        (months, rf"\b<month> +{_DAY} +del? +{_YEAR}"),  # as in Colombia
        (months, rf"{part}?(?:\b<rel> +(?:mes +de +)?)?\b<month>\b{year}?"),
        ("invierno primavera verano otoño", rf"{part}?(?:\b<rel> +)?\b<season>\b{year}?"),
        ("que_viene", r"\b(?:<season>|(?P<week>semana)|mes|<weekday>) +<rel>\b"),
        ("trimestre", rf"\b<quarter> +trimestre\b{year}?"),
        ("semestre mitad", rf"\b<half> +(?:semestre|mitad)\b(?:{year}| +del? +(?:este +)?año\b)"),
        ("_el_ día_", rf"(?:(?<=será el )|(?<=sería el )|(?<=para el )|(?<=hasta el )|(?<=el día )){_DAY}(?=[.,;]|$)"),
        ("año", rf"{part}?\b<year_rel>\b"),
        ("año", rf"{part}año\b"),
        ("19 20", rf"{part}{_YEAR}{_LONE_END}"),
        ("19 20", rf"{_LONE}{_YEAR}{_LONE_END}"),
        (
            "mes semana lunes martes coles jueves viernes bado domingo",
            rf"{part}?\b<rel> +(?:mes\b(?! +de)|(?P<week>semana)\b(?! +santa)|<weekday>\b)",
        ),
        ("navidad nochebuena nochevieja año_nuevo valentín halloween", rf"(?<!de )\b<holiday>\b(?: +del? +{_YEAR})?"),
        ("hoy noche mañana", r"(?<!la )\b<near>\b"),
    )
    return Grammar(
        rules=_compile(patterns, words),
        words=words,
        common=frozenset({*words["month"], *words["season"]}),
        unlike=re.compile(r"[A-Z].*"),  # people: months are written small
        before=_re(r"\b(?:en|desde|hasta|para|durante|por|o|y|a|de|entre)(?: el| la| los)? +$"),
        year_before=_re(r"(?:^|\b(?:en|para|hasta|durante|a|a lo largo de|hacia|año|o|u|será)(?: el)? +)$"),
        year_after=_NEVER,
        airs=_re(
            r"\b(?:estren\w+|lleg\w+|empieza|comienza|arranca|vuelve|regresa|termina|acaba|emit\w+)\b[^.;,]{0,25}$"
        ),
        past=_re(
            r"\b(?:estrenó|llegó|empezó|comenzó|arrancó|terminó|acabó|emitió|anunció|publicó|reveló|confirmó|dijo)"
            r"(?: (?:el|en|este|pasado|\w+es|sábado|domingo))* *$"
        ),
        either=_re(r" +(?:o|u) +(?:(?:a|en|el|la) +)*|/"),
        until=_re(r" +(?:y|al?|hasta|al?) +(?:(?:el|la) +)*| *[-–] *"),
    )


def _korean() -> Grammar:
    words: dict[str, Vocabulary] = {
        "season": {"겨울": 0, "봄": 1, "여름": 2, "가을": 3},
        "part": {
            **dict.fromkeys(("초", "초순", "초반", "연초"), 0),
            **dict.fromkeys(("중순", "중반"), 1),
            **dict.fromkeys(("말", "하순", "후반", "말경", "연말"), 2),
        },
        "quarter": _numbers("1 2 3 4"),
        "half": _numbers("상반기 하반기"),
        "rel": {
            "이달": 0,
            "이번 달": 0,
            "이번달": 0,
            "다음 달": 1,
            "다음달": 1,
            "내달": 1,
            "지난달": -1,
            "지난 달": -1,
            **dict.fromkeys(("이번", "이번 주", "이번주", "오는"), 0),
            **dict.fromkeys(("다음", "다음 주", "다음주", "내주"), 1),
        },
        "year_rel": {"올해": 0, "올": 0, "금년": 0, "연내": 0, "내년": 1, "내후년": 2, "지난해": -1, "작년": -1},
        "weekday": _numbers("월요일 화요일 수요일 목요일 금요일 토요일 일요일", first=0),
        "near": {"오늘": 0, "내일": 1},
        "holiday": {
            **dict.fromkeys(("크리스마스", "성탄절"), 1225),
            "크리스마스 이브": 1224, "밸런타인데이": 214, "핼러윈": 1031,
        },
    }  # fmt: skip
    starts = (
        r"(?=(?: *\([월화수목금토일]\))?(?: *(?:오전|오후|밤|저녁))?[^.,]{0,10}?"
        r"(?:첫 ?방송|첫 ?방|첫 ?공개|공개된다|공개되는|방송된다))"
    )
    year = rf"(?:(?:(?<!\d){_YEAR}(?:년도?|\.)|(?<![가-힣])<year_rel>) *)"
    part = r"(?: *<part>(?!대|고|인|등|호|능|씀|한))"
    patterns = (
        *_WRITTEN,
        ("월", rf"{year}?(?<!\d){_MONTH}월 *{_DAY}일"),
        ("월", rf"{year}?(?<!\d){_MONTH}월(?! *\d){part}?"),
        ("반기", rf"{year}?<half>"),
        ("분기", rf"{year}?(?<!\d)<quarter> *분기"),
        ("봄 여름 가을 겨울", rf"{year}<season>"),
        ("달 이달", rf"(?<![가-힣])(?P<rel>이달|(?:이번|다음|지난) ?달|내달)(?: *(?:{_DAY}일|<part>))?"),
        ("오는 지난", rf"(?:오는|지난) +{_DAY}일"),
        ("일", rf"(?<![\d월.])(?<![월.] ){_DAY}일{starts}"),
        ("요일", r"(?<![가-힣])(?P<rel>이번 ?주|다음 ?주|내주|오는) *<weekday>"),
        ("이번 다음", rf"(?<![가-힣])(?P<rel>이번|다음) ?(?P<week>주){starts}"),
        ("크리스마스 성탄절 밸런타인데이 핼러윈", rf"{year}?<holiday>(?=에|[^.]{{0,6}}(?:첫|공개|방송))"),
        ("오늘 내일", rf"(?<![가-힣])<near>(?:\({_DAY}일\))?(?=[^.,]{{0,12}}?(?:첫 ?방송|첫 ?방|첫 ?공개|공개된다))"),
        ("년", rf"(?<!\d){_YEAR}년도?(?! *(?:대|간|생|전|만|차|째)){part}?"),
        ("올해 금년 연내 내년 내후년 지난해 작년", rf"(?<![가-힣])(?!올(?!해))<year_rel>{part}?"),
        ("연말 연초", r"(?<![가-힣])(?P<part>연말|연초)(?! *(?:시상|대상|정산))"),
    )
    return Grammar(
        rules=_compile(patterns, words),
        words=words,
        common=frozenset(),
        unlike=_NEVER,
        before=_NEVER,
        year_before=_NEVER,
        year_after=_NEVER,
        airs=_re(""),  # the patterns look for the verb, which comes last
        past=_re(r"지난 *$"),
        either=_re(r" *(?:또는|이나|나|혹은|~) *"),
        until=_re(r" *(?:부터|에서|~|-) *"),
    )


ENGLISH = _english()
GRAMMARS: Mapping[str, Grammar] = {"en": ENGLISH, "es": _spanish(), "ko": _korean()}
