"""From looks to sightings: one opens at once, grows with what is seen, ends after a silence.

Pure: the looks bring their own time, and nothing here is kept or sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.confirmation import Confirmation
from edge_agent.contracts.ids import uuid7
from edge_agent.looking import Look

# Less than this is noise between two frames, and not worth a message.
WORTHWHILE_CONFIDENCE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Elephants before one camera, at the best look so far."""

    id: UUID
    revision: int
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    told: Sighting
    told_at: datetime
    seen_at: datetime
    better: Look | None = None


class Sightings:
    """The sightings of one deployment. Hand it every look; keep what it returns."""

    def __init__(
        self, confirmation: Confirmation, *, silence: timedelta, revise_every: timedelta
    ) -> None:
        self._confirmation = confirmation
        self._silence = silence
        self._revise_every = revise_every
        self._open: _Open | None = None

    def saw(self, look: Look) -> tuple[Sighting, ...]:
        """Return what is to be told after this look: mostly nothing, at most two sightings."""
        ended = self._end_after_silence(look.captured_at)
        believed = self._confirmation.saw(bool(look.elephants), look.captured_at)
        if self._open is not None:
            told = self._grow(self._open, look)
        elif believed and look.elephants:
            told = self._begin(look)
        else:
            told = None
        return tuple(sighting for sighting in (ended, told) if sighting is not None)

    def close(self) -> tuple[Sighting, ...]:
        """End the open sighting, if any; return a growth that was held back to spare the link."""
        ended, self._open = self._open, None
        if ended is None or ended.better is None:
            return ()
        return (_revised(ended.told, ended.better),)

    def _end_after_silence(self, now: datetime) -> Sighting | None:
        if self._open is None or abs(now - self._open.seen_at) <= self._silence:
            return None
        return next(iter(self.close()), None)

    def _begin(self, look: Look) -> Sighting:
        sighting = Sighting(uuid7(), 1, look)
        self._open = _Open(told=sighting, told_at=look.captured_at, seen_at=look.captured_at)
        return sighting

    def _grow(self, current: _Open, look: Look) -> Sighting | None:
        if look.elephants:
            current = replace(current, seen_at=look.captured_at)
        if is_better(look, current.better or current.told.look):
            current = replace(current, better=look)
        self._open = current
        if current.better is None or look.captured_at - current.told_at < self._revise_every:
            return None
        told = _revised(current.told, current.better)
        self._open = replace(current, told=told, told_at=look.captured_at, better=None)
        return told


def is_better(look: Look, than: Look) -> bool:
    """More elephants, or as many and clearly surer. All boxes of a message are of one frame."""
    if len(look.elephants) != len(than.elephants):
        return len(look.elephants) > len(than.elephants)
    return look.best_confidence >= than.best_confidence + WORTHWHILE_CONFIDENCE


def _revised(told: Sighting, look: Look) -> Sighting:
    return Sighting(told.id, told.revision + 1, look)
