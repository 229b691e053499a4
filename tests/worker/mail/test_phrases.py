"""Our own words in every language: the same keys, the same gaps, and dates as people write them."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from worker.errors import TemplateError
from worker.mail.message import Templates
from worker.mail.phrases import load_phrases

TEMPLATES = Templates()
LANGUAGES = sorted(TEMPLATES.phrases)
ENGLISH = TEMPLATES.say("en").table
OWN = load_phrases([Path(__file__).parents[3] / "digest_templates"])


def gaps(phrase: str | Mapping[str, str]) -> set[str]:
    texts = [phrase] if isinstance(phrase, str) else list(phrase.values())
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_asks_for_what_english_does_not_give(language: str) -> None:
    for key, phrase in OWN[language].table.items():
        assert key in ENGLISH, f"{language}: {key} is known to no template"
        assert gaps(phrase) <= gaps(ENGLISH[key]) | {"n"}, f"{language}: {key}"


def test_english_spanish_and_korean_are_whole() -> None:
    folder = Path(__file__).parents[3] / "digest_templates" / "_words"
    for language in ("es", "ko"):
        own = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
        missing = [key for key in ENGLISH if not _has(own, key.split("."))]
        assert missing == []


def _has(table: object, path: list[str]) -> bool:
    for name in path:
        if not isinstance(table, dict) or name not in table:
            return False
        table = table[name]
    return True


def test_dates_and_numbers_are_said_as_people_say_them() -> None:
    en, es, ko = (TEMPLATES.say(language) for language in ("en", "es", "ko"))
    day = date(2027, 3, 9)
    assert [say.day(day) for say in (en, es, ko)] == ["9 Mar 2027", "9 mar 2027", "2027년 3월 9일"]
    assert [say.when("early 2027") for say in (en, es, ko)] == ["early 2027", "principios de 2027", "2027년 초"]
    assert [say.when("9 Mar 2027") for say in (en, es, ko)] == ["9 Mar 2027", "9 mar 2027", "2027년 3월 9일"]
    assert ko.when("Mar 2027") == "2027년 3월"
    assert [say("count.comment", n=1) for say in (en, es, ko)] == ["1 comment", "1 comentario", "댓글 1개"]
    at = datetime(2027, 3, 9, 22, 30, tzinfo=UTC)
    assert en.moment(at, "Asia/Seoul") == "Wed 10 Mar 2027, 07:30"


def test_a_language_without_a_file_is_english() -> None:
    assert TEMPLATES.say("tlh").language == "en"


def test_an_operator_changes_a_phrase_alone(tmp_path: Path) -> None:
    (tmp_path / "_words").mkdir()
    (tmp_path / "_words" / "en.toml").write_text('[frame]\nalso = "Elsewhere"\n')
    assert Templates(tmp_path).say("en")("frame.also") == "Elsewhere"
    assert Templates(tmp_path).say("en")("frame.talk") == "What viewers say"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "_words").mkdir()
    (tmp_path / "_words" / "en.toml").write_text("[frame\n")
    with pytest.raises(TemplateError, match=r"_words/en\.toml.*line 1"):
        Templates(tmp_path).say("en")
    (tmp_path / "_words" / "en.toml").write_text('[frame]\nalso = "{nobody}"\n')
    with pytest.raises(TemplateError, match=r"frame\.also.*nobody"):
        Templates(tmp_path).say("en")("frame.also")
