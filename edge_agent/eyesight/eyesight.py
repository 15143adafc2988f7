"""One camera's eyesight over time: glances now and then, learns its normal, raises the alarm."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from detector.pictures import Pixels
from edge_agent.eyesight.glimpse import Glimpse, Light, glimpse_of
from edge_agent.eyesight.memory import Memory, recall, remember
from edge_agent.eyesight.normal import LEARNT_AFTER
from edge_agent.eyesight.rules import Finding, judge
from edge_agent.eyesight.spell import Spell

_log = logging.getLogger(__name__)
GLANCE_EVERY = timedelta(seconds=30)
_LEARN_EVERY = timedelta(minutes=10)
_SAVE_EVERY = timedelta(minutes=10)
# Nobody put it right for a week: the camera was turned on purpose, and this is its place now.
_ADOPTED_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a camera sees, for the station's health."""

    alarm: Finding | None = None
    alarm_since: datetime | None = None
    is_learning: bool = True
    sharpness: float | None = None
    brightness: float | None = None


class Eyesight:
    """Hand it every frame of one camera. Cheap: most are not even looked at."""

    def __init__(self, deployment_id: str, folder: Path) -> None:
        self._name = deployment_id
        self._path = folder / f"{hashlib.sha256(deployment_id.encode()).hexdigest()[:16]}.json"
        self._memory = recall(self._path)
        self._glanced_at: datetime | None = None
        self._learnt_at: dict[Light, datetime] = {}
        self._saved_at: datetime | None = None
        self.sight = self._sight(None)

    def is_due(self, taken_at: datetime) -> bool:
        """Whether it is time for another glance; also after a clock was set back."""
        return self._glanced_at is None or abs(taken_at - self._glanced_at) >= GLANCE_EVERY

    def glance(self, pixels: Pixels, taken_at: datetime) -> Sight:
        """Take in one frame (BGR, height x width x 3), and say how well the camera sees now."""
        return self.take(glimpse_of(pixels, taken_at))

    def take(self, glimpse: Glimpse) -> Sight:
        """The same, for a frame that was reduced elsewhere."""
        taken_at = self._glanced_at = glimpse.taken_at
        finding = self._finding(glimpse)
        self._memory.print = glimpse.print
        if glimpse.light is not Light.DARK and finding in (Finding.FINE, Finding.UNSURE):
            self._learn(glimpse)
        before = self._memory.spell.alarm
        self._memory.spell.note(finding, glimpse)
        self._end_spell(taken_at)
        self._say(before, self._memory.spell.alarm)
        self._save(taken_at, is_news=before is not self._memory.spell.alarm)
        self.sight = self._sight(glimpse)
        return self.sight

    def _finding(self, glimpse: Glimpse) -> Finding:
        memory = self._memory
        hour = glimpse.taken_at.hour
        usual = memory.hours.dark_is_usual(hour)
        is_dark = glimpse.light is Light.DARK
        if not is_dark or usual:
            # An unusual dark must not make itself usual by lasting.
            memory.hours.note(hour, is_dark=is_dark)
        if glimpse.print == memory.print and not is_dark:
            return Finding.STUCK
        return judge(glimpse, memory.normal_in(glimpse.light), dark_is_usual=usual)

    def _learn(self, glimpse: Glimpse) -> None:
        normal = self._memory.normal_in(glimpse.light)
        last_at = self._learnt_at.get(glimpse.light)
        # Quickly at first, then so slowly that a lens which clouds over within hours stands out.
        if normal.is_known and last_at and abs(glimpse.taken_at - last_at) < _LEARN_EVERY:
            return
        self._learnt_at[glimpse.light] = glimpse.taken_at
        normal.learn(glimpse)

    def _end_spell(self, now: datetime) -> None:
        spell = self._memory.spell
        if spell.is_over:
            self._memory.spell = Spell()
        elif (
            spell.alarm is Finding.MOVED
            and spell.alarm_since is not None
            and now - spell.alarm_since > _ADOPTED_AFTER
            and spell.seen[Finding.MOVED] >= LEARNT_AFTER
        ):
            _log.warning("camera %s: its new view is taken for its normal", self._name)
            self._memory = Memory()

    def _say(self, before: Finding | None, now: Finding | None) -> None:
        if now is before:
            return
        if now is None:
            _log.info("camera %s sees well again", self._name)
        else:
            since = self._memory.spell.alarm_since
            _log.warning("camera %s is blind: %s since %s", self._name, now, since)

    def _save(self, now: datetime, *, is_news: bool) -> None:
        if is_news or self._saved_at is None or abs(now - self._saved_at) >= _SAVE_EVERY:
            self._saved_at = now
            remember(self._memory, self._path)

    def _sight(self, glimpse: Glimpse | None) -> Sight:
        memory = self._memory
        return Sight(
            alarm=memory.spell.alarm,
            alarm_since=memory.spell.alarm_since,
            is_learning=not any(normal.is_known for normal in memory.normals.values()),
            sharpness=glimpse.sharpness if glimpse else None,
            brightness=glimpse.brightness if glimpse else None,
        )
