"""Shares with the doubt that small samples leave, and what a false-alarm rate costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z_95 = 1.959963984540054  # the normal distribution's two-sided 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` out of `n`, as a rate with its Wilson 95 % interval; all None when n is 0."""

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n:
            raise ValueError(f"{self.hits} of {self.n} is no share")

    @property
    def rate(self) -> float | None:
        """The share itself, 0 to 1."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval: stays inside 0 to 1 and honest where nothing was missed."""
        if not self.n:
            return None
        rate, spread = self.hits / self.n, _Z_95**2 / self.n
        centre = (rate + spread / 2) / (1 + spread)
        half = _Z_95 * math.sqrt(rate * (1 - rate) / self.n + spread / (4 * self.n)) / (1 + spread)
        return max(0.0, centre - half), min(1.0, centre + half)


def threshold_for(negative_scores: Sequence[float], false_alarm_rate: float) -> float:
    """Return the lowest confidence threshold at which no more than that share of negatives fires.

    A picture fires when its best score is at or above the threshold, so the threshold lies just
    above the first score that must stay silent. Raises ValueError without negatives.
    """
    if not negative_scores:
        raise ValueError("a false-alarm rate needs pictures without elephants")
    allowed = math.floor(false_alarm_rate * len(negative_scores))
    ranked = sorted(negative_scores, reverse=True)
    if allowed >= len(ranked):
        return 0.0
    return math.nextafter(ranked[allowed], math.inf)


def share_at(scores: Sequence[float], threshold: float) -> Share:
    """Count the pictures whose best score reaches the threshold."""
    return Share(sum(score >= threshold for score in scores), len(scores))
