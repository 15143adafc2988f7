"""Measures the blind-camera alarm on films of one's own: `python -m edge_agent.bench.blindness F…`.

Each film is one camera. It learns the film for 25 hours of made-up time, then either goes on as
before (through dusk, fog and a switch to infrared: an alarm is false), or is blinded in one way (no
alarm is a miss). Prints one JSON object.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.pictures import Pixels
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.eyesight.glimpse import Glimpse, Light, glimpse_of

FRAMES = 16
WIDTH_PX = 640
_EVERY = timedelta(minutes=5)
_LEARNS_EVERY = timedelta(minutes=25)
_BEGINS_AT = datetime(2026, 11, 22, 6, tzinfo=UTC)
_LEARNS = 60
Change = Callable[[Pixels], Pixels]


def measure(paths: Sequence[Path]) -> dict[str, Any]:
    """Return, for each story, how many cameras were called blind and by which name."""
    films = {path.name: frames_of(path) for path in paths}
    return {
        "films": len(films),
        "false_alarms": {name: _told(films, name, change) for name, change in HARMLESS.items()},
        "hits": {name: _told(films, name, change) for name, change in BLINDING.items()},
        "other_place": _other_places(films),
    }


def frames_of(path: Path) -> list[Pixels]:
    """Return some twenty frames, spread over the film, made small."""
    film = cv2.VideoCapture(str(path))
    step = max(1, int(film.get(cv2.CAP_PROP_FRAME_COUNT)) // FRAMES)
    frames: list[Pixels] = []
    number = 0
    while film.grab():
        if number % step == 0:
            frame = film.retrieve()[1]
            height_px = round(WIDTH_PX * frame.shape[0] / frame.shape[1])
            small = cv2.resize(frame, (WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
            frames.append(np.asarray(small, np.uint8))
        number += 1
    film.release()
    return frames


def alarm_of(before: Sequence[Glimpse], after: Sequence[Glimpse], glances: int) -> str | None:
    """Learn `before`, look at `after` for so many glances, and return the first alarm."""
    with tempfile.TemporaryDirectory() as folder:
        eyesight, at = Eyesight("bench", Path(folder)), _BEGINS_AT
        for number in range(_LEARNS + glances):
            film = before if number < _LEARNS else after
            at += _LEARNS_EVERY if number < _LEARNS else _EVERY
            glimpse = replace(film[number % len(film)], taken_at=at)
            sight = eyesight.take(glimpse)
            if sight.alarm is not None:
                return sight.alarm.value if number >= _LEARNS else "too early"
    return None


def _told(films: dict[str, list[Pixels]], story: str, change: Change) -> dict[str, Any]:
    glances = {"fog_1h": 12, "beast_15min": 3}.get(story, 36)
    names: Counter[str] = Counter()
    silent: list[str] = []
    for name, frames in films.items():
        before = _day_and_night(frames)
        after = _glimpses([change(frame) for frame in frames])
        if story == "stuck":
            after = after[:1]
        alarm = alarm_of(before, after, glances)
        names[alarm or "none"] += 1
        if alarm is None:
            silent.append(name[:24])
    return {"n": len(films), **names, "silent": silent if story in BLINDING else []}


def _other_places(films: dict[str, list[Pixels]]) -> dict[str, Any]:
    """Each film's camera finds itself before another's view, in a light that it knows."""
    seen = {name: _glimpses(frames) for name, frames in films.items()}
    lights = {name: {glimpse.light for glimpse in glimpses} for name, glimpses in seen.items()}
    pairs = [(a, b) for a in seen for b in seen if a != b and lights[a] & lights[b]]
    told = {(a, b): alarm_of(seen[a], seen[b], 36) for a, b in pairs}
    return {
        "n": len(told),
        **Counter(alarm or "none" for alarm in told.values()),
        "silent": [f"{a[:20]} -> {b[:20]}" for (a, b), alarm in told.items() if alarm is None],
    }


def _day_and_night(frames: Sequence[Pixels]) -> list[Glimpse]:
    """A camera that films in colour has nights as well."""
    glimpses = _glimpses(frames)
    if glimpses[0].light is not Light.DAY:
        return glimpses
    return [
        one
        for pair in zip(glimpses, _glimpses([_grey(f) for f in frames]), strict=True)
        for one in pair
    ]


def _glimpses(frames: Sequence[Pixels]) -> list[Glimpse]:
    return [glimpse_of(frame, _BEGINS_AT) for frame in frames]


def _dimmer(frame: Pixels) -> Pixels:
    return np.asarray(frame * 0.5, np.uint8)


def _grey(frame: Pixels) -> Pixels:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _fog(frame: Pixels) -> Pixels:
    soft = cv2.GaussianBlur(frame, (0, 0), frame.shape[1] / 1000)
    return np.asarray(soft * 0.25 + 170 * 0.75, np.uint8)


def _hidden(frame: Pixels, share: float) -> Pixels:
    """Something soft and near stands before the left part of the lens."""
    height, width = frame.shape[:2]
    noise = np.random.default_rng(1).normal(0, 320, (height // 8, width // 8, 1))
    cloth = cv2.resize(cv2.GaussianBlur(noise, (0, 0), width / 160), (width, height))
    cloth = 90 + cloth + np.random.default_rng(int(frame.sum())).normal(0, 2, cloth.shape)
    cloth = np.asarray(cloth).reshape(height, width, 1)
    part = np.clip((share - np.linspace(0, 1, width)) * 20 + 0.5, 0, 1)[None, :, None]
    return np.asarray(np.clip(frame * (1 - part) + cloth * part, 0, 255), np.uint8)


def _soft(frame: Pixels, radius: float) -> Pixels:
    width = frame.shape[1]
    soft = cv2.GaussianBlur(frame, (0, 0), radius * width / 1280).astype(np.float32)
    soft += np.random.default_rng(int(frame.sum())).normal(0, 1.5, soft.shape)
    return np.asarray(np.clip(soft, 0, 255), np.uint8)


def _turned(frame: Pixels, across: float) -> Pixels:
    height, width = frame.shape[:2]
    way = np.array([[1, 0, across * width], [0, 1, across * height / 3]], np.float32)
    turned = cv2.warpAffine(frame, way, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, np.uint8)


def _nearer(frame: Pixels) -> Pixels:
    height, width = frame.shape[:2]
    large = cv2.resize(frame, None, fx=1.3, fy=1.3)
    top, left = round(0.1 * height), round(0.2 * width)
    return np.asarray(large[top : top + height, left : left + width], np.uint8)


def _same(frame: Pixels) -> Pixels:
    return frame


HARMLESS: dict[str, Change] = {
    "as_before_3h": _same,
    "half_as_bright": _dimmer,
    "infrared": _grey,
    "fog_1h": _fog,
    "beast_15min": lambda frame: _hidden(frame, 1.2),
}
BLINDING: dict[str, Change] = {
    "covered": lambda frame: _hidden(frame, 1.2),
    "half_covered": lambda frame: _hidden(frame, 0.5),
    "black": lambda frame: np.asarray(frame * 0.02, np.uint8),
    "defocused_4px": lambda frame: _soft(frame, 4),
    "defocused_8px": lambda frame: _soft(frame, 8),
    "turned_by_4_percent": lambda frame: _turned(frame, 0.04),
    "turned_by_10_percent": lambda frame: _turned(frame, 0.1),
    "turned_and_nearer": _nearer,
    "stuck": _same,
}


if __name__ == "__main__":
    print(json.dumps(measure([Path(path) for path in sys.argv[1:]]), indent=2))
