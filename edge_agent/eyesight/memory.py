"""What a camera's eyesight remembers across restarts: one small file for each camera."""

import base64
import json
import logging
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.eyesight.glimpse import CELLS, STRUCTURE_PX, Grid, Light
from edge_agent.eyesight.hours import Hours
from edge_agent.eyesight.normal import Normal
from edge_agent.eyesight.rules import Finding
from edge_agent.eyesight.spell import Spell

_log = logging.getLogger(__name__)
_VERSION = 1


@dataclass
class Memory:
    """A camera's normals, its dark hours, and the trouble it is in."""

    normals: dict[Light, Normal] = field(default_factory=dict)
    hours: Hours = field(default_factory=Hours)
    spell: Spell = field(default_factory=Spell)
    print: str | None = None

    def normal_in(self, light: Light) -> Normal:
        """Return the normal in this light; an empty one to be filled if there is none yet."""
        return self.normals.setdefault(light, Normal())


def recall(path: Path) -> Memory:
    """Read a memory. A file that is missing or damaged is an empty one: it is learnt again."""
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _log.warning("what was learnt in %s cannot be read and is learnt again: %s", path, error)
        return Memory()


def remember(memory: Memory, path: Path) -> None:
    """Write a memory, whole or not at all. A full disk is said in the log and stops nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_text(json.dumps(_to_json(memory)), encoding="utf-8")
        os.replace(half, path)  # noqa: PTH105 (says better that it replaces)
    except OSError as error:
        _log.warning("what was learnt cannot be kept in %s: %s", path, error)


def _to_json(memory: Memory) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "print": memory.print,
        "hours": {"seen": memory.hours.seen, "dark": memory.hours.dark},
        "normals": {light.value: _normal_to(normal) for light, normal in memory.normals.items()},
        "spell": _spell_to(memory.spell),
    }


def _from_json(table: dict[str, Any]) -> Memory:
    if table["version"] != _VERSION:
        raise ValueError(f"written by another version ({table['version']})")
    return Memory(
        normals={Light(light): _normal_of(one) for light, one in table["normals"].items()},
        hours=Hours(_a_day(table["hours"]["seen"]), _a_day(table["hours"]["dark"])),
        spell=_spell_of(table["spell"]),
        print=table["print"],
    )


def _a_day(values: list[float]) -> list[float]:
    if len(values) != 24:
        raise ValueError(f"a day of {len(values)} hours")
    return [float(value) for value in values]


def _normal_to(normal: Normal) -> dict[str, Any]:
    return {
        "learnt": normal.learnt,
        "sharpness": [round(value, 3) for value in normal.sharpness],
        "likeness": [round(value, 3) for value in normal.likeness],
        "steadiness": _grid_to(normal.steadiness),
        "structure": _grid_to(normal.structure),
    }


def _normal_of(table: dict[str, Any]) -> Normal:
    normal = Normal(
        learnt=int(table["learnt"]),
        steadiness=_grid_of(table["steadiness"], CELLS),
        structure=_grid_of(table["structure"], STRUCTURE_PX),
    )
    normal.sharpness.extend(float(value) for value in table["sharpness"])
    normal.likeness.extend(float(value) for value in table["likeness"])
    return normal


def _spell_to(spell: Spell) -> dict[str, Any]:
    return {
        "began_at": _time_to(spell.began_at),
        "last_at": _time_to(spell.last_at),
        "stood_s": {kind.value: span.total_seconds() for kind, span in spell.stood.items()},
        "seen": {kind.value: number for kind, number in spell.seen.items()},
        "alarm": spell.alarm.value if spell.alarm else None,
        "alarm_since": _time_to(spell.alarm_since),
    }


def _spell_of(table: dict[str, Any]) -> Spell:
    return Spell(
        began_at=_time_of(table["began_at"]),
        last_at=_time_of(table["last_at"]),
        stood={Finding(k): timedelta(seconds=float(s)) for k, s in table["stood_s"].items()},
        seen=Counter({Finding(kind): int(number) for kind, number in table["seen"].items()}),
        alarm=Finding(table["alarm"]) if table["alarm"] else None,
        alarm_since=_time_of(table["alarm_since"]),
    )


def _time_to(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _time_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _grid_to(grid: Grid) -> str:
    return base64.b64encode(grid.astype("<f2").tobytes()).decode("ascii")


def _grid_of(text: str, size: tuple[int, int]) -> Grid:
    values = np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("a grid that is not finite")
    return values.reshape(size[::-1]).copy()
