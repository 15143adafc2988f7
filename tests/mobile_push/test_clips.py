"""What a machine has spoken beforehand: it is all there, and says what is written."""

import hashlib
import json

import pytest

from mobile_push.clip_maker import MADE, problem_of
from mobile_push.clips import FOLDER, SAYS, clip_of, clip_path, clip_words
from mobile_push.phrases import languages

LANGUAGES = json.loads((FOLDER.parents[2] / "languages.json").read_text("utf-8"))
SPEECHLESS = {language for language, known in LANGUAGES.items() if known["spoken_by"] is None}


def test_the_languages_without_a_spoken_word_are_these_and_say_so() -> None:
    """Debian's eSpeak NG 1.51 has no Lao, and spells Thai and Burmese instead of reading them."""
    assert {"lo", "th", "my"} == SPEECHLESS
    assert {path.name for path in FOLDER.iterdir()} == set(languages()) - SPEECHLESS


@pytest.mark.parametrize("language", sorted(set(languages()) - SPEECHLESS))
def test_a_spoken_language_has_a_clip_for_each_level_and_they_are_small(language: str) -> None:
    sizes = {path.stem: path.stat().st_size for path in (FOLDER / language).iterdir()}

    assert sizes.keys() == SAYS.keys() >= {"watch", "warning", "danger"}
    assert sum(sizes.values()) <= 20_000


def test_no_phrase_has_changed_under_its_clip() -> None:
    """If this fails, run `make clips`: the phone would say something else than it shows."""
    made = json.loads(MADE.read_text("utf-8"))

    for language, clips in made.items():
        for clip, one in clips.items():
            file = FOLDER / language / f"{clip}.mp3"
            assert one["says"] == clip_words(language, clip), (language, clip)
            assert one["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest(), file
    by_machine = {name for name, known in LANGUAGES.items() if known["spoken_by"] == "espeak-ng"}
    assert made.keys() == by_machine


def test_each_clip_says_that_a_machine_speaks() -> None:
    for language, clips in json.loads(MADE.read_text("utf-8")).items():
        for clip in clips:
            assert b"machine" in (FOLDER / language / f"{clip}.mp3").read_bytes()[:200]


@pytest.mark.parametrize(
    ("ipa", "problem"),
    [
        ("bʰˈɐjaːnˌəkəji\nˈɐli", None),
        ("kʰˈʌtɾˌaː hˈaːtʰi ɾˈʌhẽː", None),
        ("ˈən tjtsj", "it reads a word without a vowel: tjtsj"),  # Burmese "danger"
        ("msch snɡ", "it reads a word without a vowel: msch"),  # Thai "there are elephants"
        ("wˈei5 (en)zaɪ2ə1nθɹiː1(cmn)", "it falls into another language: wˈei5"),  # Chinese
        (" \n", "it reads nothing"),
    ],
)
def test_a_voice_that_spells_instead_of_reading_is_not_let_speak(
    ipa: str, problem: str | None
) -> None:
    assert problem_of(ipa) == problem


def test_a_drill_is_never_spoken_as_danger_and_an_end_never_as_a_level() -> None:
    assert clip_of(level="danger", state="raised", simulated=True) == "drill"
    assert clip_of(level="danger", state="retracted", simulated=False) == "retracted"
    assert clip_of(level="danger", state="acknowledged", simulated=False) == "danger"


def test_where_nobody_speaks_the_language_there_is_no_address() -> None:
    assert clip_path("si-LK", "danger") == "/app/voice/si/danger.mp3"
    assert clip_path("lo", "danger") is None
