"""When to believe the network: k of the last n frames, and none of them old."""

from collections import deque
from datetime import datetime, timedelta


class Confirmation:
    """Believes in elephants once `needed` of the last `out_of` frames showed some.

    Frames further apart than `within` do not vouch for each other: a still camera may take two
    pictures a day, and a false alarm of the morning must not confirm one of the evening.
    """

    def __init__(
        self, *, needed: int, out_of: int, within: timedelta = timedelta(minutes=1)
    ) -> None:
        if not 1 <= needed <= out_of:
            raise ValueError(f"{needed} of {out_of} frames can never be seen")
        self._needed = needed
        self._within = within
        self._looks: deque[tuple[datetime, int]] = deque(maxlen=out_of)

    def retune(self, *, needed: int, out_of: int, within: timedelta) -> None:
        """Believe by other rules from the next frame on; the last frames still vouch."""
        self._needed, self._within = needed, within
        self._looks = deque(self._looks, maxlen=out_of)

    def saw(self, elephants: int, captured_at: datetime) -> int:
        """Note one frame with so many; return how many are believed in now: 0 are no sighting.

        As many as each of `needed` frames showed at least: a box too many in one frame is no
        elephant either.
        """
        self._looks.append((captured_at, elephants))
        near = sorted(
            (seen for at, seen in self._looks if self._is_near(at, captured_at)), reverse=True
        )
        return near[self._needed - 1] if len(near) >= self._needed else 0

    def _is_near(self, at: datetime, captured_at: datetime) -> bool:
        # Both ways: a camera's clock may be set back while it runs.
        return abs(captured_at - at) <= self._within
