"""When to believe the network: k of the last n frames, and none of them old."""

from collections import deque
from datetime import datetime, timedelta


class Confirmation:
    """Believes in an elephant once `needed` of the last `out_of` frames showed one.

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
        self._looks: deque[tuple[datetime, bool]] = deque(maxlen=out_of)

    def saw(self, elephant: bool, captured_at: datetime) -> bool:  # noqa: FBT001 (reads as a sentence)
        """Note one frame; return whether elephants are believed in now."""
        self._looks.append((captured_at, elephant))
        near = [seen for at, seen in self._looks if self._is_near(at, captured_at)]
        return sum(near) >= self._needed

    def _is_near(self, at: datetime, captured_at: datetime) -> bool:
        # Both ways: a camera's clock may be set back while it runs.
        return abs(captured_at - at) <= self._within
