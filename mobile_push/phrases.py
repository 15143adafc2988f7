"""What people read, in their language: one flat file per language, shared with the phone app."""

import json
from functools import cache, lru_cache
from pathlib import Path

FALLBACK = "en"
FOLDER = Path(__file__).parent / "phrases"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, as BCP 47 tags: `("en", "zh-CN")`."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@lru_cache(maxsize=1000)  # what people wish is text of theirs
def closest_language(wanted: str) -> str:
    """Return the language we have for a wish such as `zh`, `zh-Hans-CN` or `EN-gb`."""
    first = wanted.lower().partition("-")[0]
    exact = [one for one in languages() if one.lower() == wanted.lower()]
    related = [one for one in languages() if one.lower().partition("-")[0] == first]
    return (exact or related or [FALLBACK])[0]


def phrase(language: str, key: str, **values: str | int) -> str:
    """Return a phrase with its `{places}` filled in.

    Raises:
        KeyError: no such phrase, or a place without a value.
    """
    return _phrases(closest_language(language))[key].format(**values)


@cache
def _phrases(language: str) -> dict[str, str]:
    phrases: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return phrases
