import json
import re
import unicodedata
from string import Formatter

import pytest

from mobile_push.phrases import FALLBACK, FOLDER, closest_language, languages, phrase

ROOT = FOLDER.parent
OTHERS = [language for language in languages() if language != FALLBACK]
# What fits a button, a tab or one line of a locked screen.
MAX_CHARACTERS = {"answer.": 18, "nav.": 10, "level.": 10, "drill.word": 8, "push.title.": 50}


def read(language: str) -> dict[str, str]:
    pairs = json.loads((FOLDER / f"{language}.json").read_text("utf-8"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs)), "a key is there twice"
    return dict(pairs)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def glyphs(text: str) -> int:
    """How many signs stand beside each other: what is written above or below takes no room."""
    return sum(unicodedata.category(character) not in {"Mn", "Me", "Cf"} for character in text)


def test_there_are_the_languages_of_the_people_beside_elephants() -> None:
    assert set(languages()) == {"en", "zh-CN", "hi", "si", "th", "ta", "lo", "my"}


def test_each_language_says_who_has_checked_it() -> None:
    """Until a speaker has, the app says that a machine drafted it."""
    known = json.loads((ROOT / "languages.json").read_text("utf-8"))

    assert known.keys() == set(languages())
    assert all(entry["name"] for entry in known.values())
    assert all(entry["checked_by"] is None or entry["checked_by"] for entry in known.values())


SCRIPTS = {"zh-CN": "CJK", "hi": "DEVANAGARI", "si": "SINHALA", "th": "THAI", "ta": "TAMIL"}
SCRIPTS |= {"lo": "LAO", "my": "MYANMAR"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_written_in_its_own_script(language: str) -> None:
    """A line of the neighbour's file, or of English, would stand out at once to a reader."""
    foreign = {
        key: character
        for key, text in read(language).items()
        for character in re.sub(r"\{\w+\}|https|MB", "", text)
        if character.isalpha() and not unicodedata.name(character).startswith(SCRIPTS[language])
    }

    assert foreign == {}


@pytest.mark.parametrize("language", OTHERS)
def test_no_phrase_is_missing_and_none_too_many(language: str) -> None:
    assert read(language).keys() == read(FALLBACK).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_leaves_no_fact_out(language: str) -> None:
    english = read(FALLBACK)
    differing = [k for k, text in read(language).items() if places(text) != places(english[k])]

    assert differing == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_much_longer_than_what_it_stands_for(language: str) -> None:
    """Screens are laid out for the English: three lines of it must not become six."""
    english = read(FALLBACK)
    wordy = {
        key: text
        for key, text in read(language).items()
        if glyphs(text) > max(24, 1.8 * len(english[key]))
    }

    assert wordy == {}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    english = read(FALLBACK)

    same = [key for key, text in read(language).items() if text == english[key]]
    assert [key for key in same if re.sub(r"\{\w+\}|\W", "", english[key])] == []


@pytest.mark.parametrize("language", languages())
def test_what_stands_on_a_button_fits_it(language: str) -> None:
    phrases = read(language)
    too_long = [
        key
        for key, text in phrases.items()
        for start, limit in MAX_CHARACTERS.items()
        if key.startswith(start) and key != "answer.again" and glyphs(text) > limit
    ]

    assert too_long == []
    assert all(text.strip() == text != "" for text in phrases.values())


def test_every_phrase_is_said_somewhere() -> None:
    sources = [*ROOT.glob("*.py"), *(ROOT / "pwa" / "src").rglob("*.ts*")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    # `push.title.${kind}` in TypeScript and f"push.title.{kind}" in Python stand for a family.
    families = set(re.findall(r"[\"'`]([a-z_.]+\.)\$?\{", code))

    unsaid = [
        key
        for key in read(FALLBACK)
        if f'"{key}"' not in code and not any(key.startswith(start) for start in families)
    ]
    assert unsaid == []


@pytest.mark.parametrize(
    ("wanted", "closest"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("dai", "en"),
        ("", "en"),
    ],
)
def test_a_wish_finds_the_closest_language(wanted: str, closest: str) -> None:
    assert closest_language(wanted) == closest


def test_a_phrase_without_its_facts_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrase("en", "count.many")
