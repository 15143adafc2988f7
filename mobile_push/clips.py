"""The few words that are spoken beforehand, for phones without a voice and for calls."""

import json
from functools import cache
from pathlib import Path

from mobile_push.phrases import closest_language, phrase

FOLDER = Path(__file__).parent / "pwa" / "public" / "voice"
# Only phrases that stand in the app already: what is said has been translated and checked once.
SAYS: dict[str, tuple[str, ...]] = {
    "watch": ("level.watch", "count.unknown"),
    "warning": ("level.warning", "count.unknown", "report.stay_away"),
    "danger": ("level.danger", "count.unknown", "report.stay_away"),
    "drill": ("drill.word", "drill.about"),
    "all_clear": ("state.all_clear",),
    "retracted": ("state.retracted",),
}
_OVER = frozenset({"all_clear", "retracted"})


def clip_words(language: str, clip: str) -> str:
    """Return what a clip says."""
    return ". ".join(phrase(language, key).rstrip(".。।") for key in SAYS[clip]) + "."


def clip_of(*, level: str, state: str, simulated: bool) -> str:
    """Return which clip tells of an alert. Of a drill it says that there are no elephants."""
    if simulated:
        return "drill"
    return state if state in _OVER else level


def clip_path(language: str, clip: str) -> str | None:
    """Return a clip's path on the server, as in `/app/voice/si/danger.mp3`; None: there is none."""
    spoken = closest_language(language)
    return f"/app/voice/{spoken}/{clip}.mp3" if _spoken_by()[spoken] else None


@cache
def _spoken_by() -> dict[str, str | None]:
    known = json.loads((Path(__file__).parent / "languages.json").read_text("utf-8"))
    return {language: entry["spoken_by"] for language, entry in known.items()}
