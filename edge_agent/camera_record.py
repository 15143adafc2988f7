"""What the station knows of one camera: whether frames come, and whether they show much."""

import asyncio
import logging
from datetime import UTC, datetime

from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.contracts.vitals import CameraHealth, CameraState
from edge_agent.eyesight.eyesight import Eyesight, Sight

_log = logging.getLogger(__name__)
_MOST_WORDS = 200


class CameraRecord:
    """Kept by the camera's watch, read for the station's health. Says each change once.

    `eyesight` is None for cameras whose view says nothing about a lens: drawn footage jumps from
    place to place.
    """

    def __init__(self, deployment_id: str, eyesight: Eyesight | None = None) -> None:
        self._name = deployment_id
        self._eyesight = eyesight
        self._broken_since: datetime | None = None
        self._reason: str | None = None
        self._last_frame_at: datetime | None = None
        self._unreachable: tuple[datetime, str] | None = None

    async def came(self, frame: Frame) -> None:
        """A frame arrived: see how well the camera sees, now and then."""
        self._last_frame_at = frame.captured_at
        if self._eyesight is not None and self._eyesight.is_due(frame.captured_at):
            await asyncio.to_thread(self._eyesight.glance, frame.pixels, frame.captured_at)

    def broke(self, frame: BrokenFrame) -> None:
        """Something that should have been a frame was none."""
        if self._broken_since is None:
            _log.warning("camera %s: %s is broken: %s", self._name, frame.name, frame.reason)
            self._broken_since = datetime.now(UTC)
        self._reason = frame.reason[:_MOST_WORDS]

    def recovered(self) -> None:
        """A frame was good."""
        if self._broken_since is not None:
            _log.info("camera %s: frames are good again", self._name)
        self._broken_since = self._reason = None

    def unreachable(self, reason: str | None) -> None:
        """The camera cannot deliver because of this station; None once it can again."""
        if reason is None:
            self._unreachable = None
        elif self._unreachable is None:
            self._unreachable = datetime.now(UTC), reason[:_MOST_WORDS]

    def health(self) -> CameraHealth:
        """Return how the camera is. Safe to call from any thread."""
        sight = self._eyesight.sight if self._eyesight is not None else Sight(is_learning=False)
        broken_since, reason = self._unreachable or (self._broken_since, self._reason)
        since: datetime | None = None
        if broken_since is not None:
            state, since = CameraState.BROKEN, broken_since
        elif sight.alarm is not None:
            state, since = CameraState(sight.alarm.value), sight.alarm_since
        else:
            state = CameraState.LEARNING if sight.is_learning else CameraState.GOOD
        return CameraHealth(
            deployment_id=self._name,
            state=state,
            since=since,
            reason=reason,
            last_frame_at=self._last_frame_at,
            sharpness=_rounded(sight.sharpness),
            brightness=_rounded(sight.brightness),
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
