"""From findings to an alarm: what is wrong must stay wrong, and what is right must come back.

Pure: the glimpses bring their own time.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from edge_agent.eyesight.glimpse import Glimpse, Grid
from edge_agent.eyesight.rules import MUST_BE_SEEN, MUST_STAND, Finding

# A glimpse vouches for so much time at most. So neither a clock that jumps by a day nor a camera
# that takes two pictures a day makes an alarm of one odd frame.
_VOUCHES_FOR = timedelta(minutes=10)
_RECOVERED_AFTER = 3
_SAME_VIEW = 0.5


@dataclass
class Spell:
    """Glimpses in which something was wrong, without a good one between them."""

    began_at: datetime | None = None
    last_at: datetime | None = None
    stood: dict[Finding, timedelta] = field(default_factory=dict)
    seen: Counter[Finding] = field(default_factory=Counter)
    good_in_a_row: int = 0
    alarm: Finding | None = None
    alarm_since: datetime | None = None
    view: Grid | None = None

    @property
    def is_over(self) -> bool:
        """Whether the camera sees well again: at once if nobody was alarmed."""
        return self.good_in_a_row >= (1 if self.alarm is None else _RECOVERED_AFTER)

    def note(self, finding: Finding, glimpse: Glimpse) -> None:
        """Take in what the next glimpse looks like."""
        if finding is Finding.UNSURE:
            return
        if finding is Finding.FINE:
            self.good_in_a_row += 1
            return
        self.good_in_a_row = 0
        self._note_bad(finding, glimpse)

    def _note_bad(self, finding: Finding, glimpse: Glimpse) -> None:
        if finding is Finding.MOVED and not self._is_same_view(glimpse):
            # Leaves, or beasts, or a lamp: a camera that was turned shows one new place.
            self.stood.pop(finding, None)
            self.seen.pop(finding, None)
        since_last = glimpse.taken_at - (self.last_at or glimpse.taken_at)
        vouched = min(abs(since_last), _VOUCHES_FOR)
        self.began_at = self.began_at or glimpse.taken_at
        self.last_at = glimpse.taken_at
        self.stood[finding] = self.stood.get(finding, timedelta()) + vouched
        self.seen[finding] += 1
        self._raise_alarm()

    def _is_same_view(self, glimpse: Glimpse) -> bool:
        view = glimpse.structure if self.view is None else self.view
        length = float(np.linalg.norm(view))
        is_same = length > 0 and float((view * glimpse.structure).sum()) / length >= _SAME_VIEW
        self.view = 0.9 * view + 0.1 * glimpse.structure if is_same else glimpse.structure
        return is_same

    def _raise_alarm(self) -> None:
        if self.alarm is not None:
            return
        # What takes the detail away may look like one thing now and like another an hour later.
        for kinds in _ALIKE:
            stood = sum((self.stood.get(kind, timedelta()) for kind in kinds), timedelta())
            seen = sum(self.seen[kind] for kind in kinds)
            if seen >= MUST_BE_SEEN and stood >= MUST_STAND[kinds[0]]:
                self.alarm = max(kinds, key=lambda kind: self.seen[kind])
                self.alarm_since = self.began_at


_ALIKE = (
    (Finding.STUCK,),
    (Finding.MOVED,),
    (Finding.COVERED, Finding.DEFOCUSED, Finding.DARK),
)
