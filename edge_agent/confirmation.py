"""When to believe the network: k of the last n frames, and none of them old."""

from collections import deque
from datetime import datetime, timedelta


class Confirmation:
    """Believes in elephants once `needed` of the last `out_of` frames showed some.

    One of them, the last, must be sure. The others need come no nearer to the threshold than
    `vouches_from`, a share of it (1: they must be sure too): an elephant behind leaves is half
    believed for a while. Frames further apart than `within` do not vouch for each other: a still
    camera may take two pictures a day, and a false alarm of the morning must not confirm one of the
    evening.
    """

    def __init__(
        self,
        *,
        needed: int,
        out_of: int,
        within: timedelta = timedelta(minutes=1),
        vouches_from: float = 1.0,
    ) -> None:
        if not 1 <= needed <= out_of:
            raise ValueError(f"{needed} of {out_of} frames can never be seen")
        self._needed = needed
        self._within = within
        self._vouches_from = vouches_from
        self._looks: deque[tuple[datetime, int]] = deque(maxlen=out_of)

    def retune(
        self, *, needed: int, out_of: int, within: timedelta, vouches_from: float = 1.0
    ) -> None:
        """Believe by other rules from the next frame on; the last frames still vouch."""
        self._needed, self._within, self._vouches_from = needed, within, vouches_from
        self._looks = deque(self._looks, maxlen=out_of)

    def saw(self, elephants: int, captured_at: datetime, *, nearly: float = 0.0) -> int:
        """Note one frame with so many; return how many are believed in now: 0 are no sighting.

        `nearly` is how near a frame without any comes to one, as a share of the threshold. Such a
        frame vouches for one elephant of another frame; it begins no sighting itself.

        As many as each of `needed` frames showed at least: a box too many in one frame is no
        elephant either.
        """
        self._looks.append((captured_at, elephants or int(nearly >= self._vouches_from)))
        near = sorted(
            (seen for at, seen in self._looks if self._is_near(at, captured_at)), reverse=True
        )
        return near[self._needed - 1] if len(near) >= self._needed else 0

    def _is_near(self, at: datetime, captured_at: datetime) -> bool:
        # Both ways: a camera's clock may be set back while it runs.
        return abs(captured_at - at) <= self._within
