"""At which hours a camera is used to see nothing: one without infrared is black at night."""

from dataclasses import dataclass, field

_FEW = 6.0
_HOURS_KNOWN = 20
_USUAL_SHARE = 0.2
_REMEMBERED = 500.0


@dataclass
class Hours:
    """Glimpses, and dark ones among them, by the hour of the clock (UTC)."""

    seen: list[float] = field(default_factory=lambda: [0.0] * 24)
    dark: list[float] = field(default_factory=lambda: [0.0] * 24)

    def note(self, hour: int, *, is_dark: bool) -> None:
        """Count a glimpse; those of long ago fade."""
        if self.seen[hour] >= _REMEMBERED:
            self.seen[hour] /= 2
            self.dark[hour] /= 2
        self.seen[hour] += 1
        self.dark[hour] += is_dark

    def dark_is_usual(self, hour: int) -> bool:
        """Whether darkness is no news at this hour; true until the whole day is known.

        The hours beside it count as well: the sun does not set at the same minute for long.
        """
        if sum(one > 0 for one in self.seen) < _HOURS_KNOWN:
            return True
        near = [(hour + step) % 24 for step in (-1, 0, 1)]
        seen = sum(self.seen[one] for one in near)
        return seen < _FEW or sum(self.dark[one] for one in near) >= _USUAL_SHARE * seen
