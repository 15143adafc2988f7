"""Plays what a station has seen under two configs, and tells where they differ. Pure.

What a server has of an event is its surest look: how sure the network was, and where that animal
stood. So thresholds, masks and profiles are replayed exactly as the station applies them to that
look. Confirmation (k of n frames), motion and the station's memory of an open sighting are not:
those frames never left the station.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge_agent.contracts.configuration import Corners, Seeing, Tunables, View
from edge_agent.contracts.messages import Lighting


@dataclass(frozen=True, slots=True)
class Kept:
    """An event or a sample as it was kept; `is_elephant` None if nobody reviewed it.

    `key` is the event's number, or the sample's id. `stands_for` is 1 for an event.
    """

    key: str
    kind: str
    deployment_id: str
    lighting: str
    captured_at: datetime
    score: float
    threshold: float
    foot: tuple[float, float] | None
    is_elephant: bool | None
    media_sha256: str | None = None
    stands_for: float = 1.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What one config tells and the other does not."""

    kept: Kept
    is_told: bool  # by the new one
    why: str  # threshold, mask, score
    score_before: float
    score_after: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many are told, by what review says of them; samples by what they stand for."""

    elephants: float
    others: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both sides, and each single difference."""

    before: Tally
    after: Tally
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One way of looking: a station's config, what a look scores, and the release's thresholds.

    A score of None: that one was not looked at in this way, and neither side counts it. Thresholds
    by lighting take the place of those that counted when it was kept.
    """

    looking: "Looking"
    score: Callable[[Kept], float | None] = lambda kept: kept.score
    thresholds: Mapping[str, float] | None = None


class Looking:
    """A station's whole config, asked what it makes of a look."""

    def __init__(self, tunables: Tunables) -> None:
        self._tunables = tunables
        self._seeing = {p.name: tunables.seeing_by(p) for p in tunables.profiles}
        self._plain = tunables.seeing_by(None)

    def threshold(self, kept: Kept) -> float | None:
        """Return the tuned threshold for this look; None: the release's own counts."""
        seeing = self._at(kept)
        light = Lighting(kept.lighting)
        own = seeing.cameras.get(kept.deployment_id, View()).thresholds.get(light)
        return own if own is not None else seeing.thresholds.get(light)

    def masks(self, kept: Kept) -> bool:
        """Whether the animal stands where an elephant is none."""
        view = self._at(kept).cameras.get(kept.deployment_id, View())
        return kept.foot is not None and any(inside(kept.foot, zone) for zone in view.exclude)

    def _at(self, kept: Kept) -> Seeing:
        profile = self._tunables.profile_at(kept.captured_at, Lighting(kept.lighting))
        return self._plain if profile is None else self._seeing[profile.name]


def replay(seen: Iterable[Kept], before: Side, after: Side) -> Outcome:
    """Play what one station kept under both."""
    told: list[list[Kept]] = [[], []]
    differences = []
    for kept in seen:
        was, would_be = before.score(kept), after.score(kept)
        if was is None or would_be is None:
            continue
        old, new = _why_not(kept, before, was), _why_not(kept, after, would_be)
        for side, why_not in zip(told, (old, new), strict=True):
            if not why_not:
                side.append(kept)
        if bool(old) != bool(new):
            why = new or old
            if why == "threshold" and was != would_be:
                why = "score"
            differences.append(Difference(kept, not new, why, was, would_be))
    return Outcome(tally(told[0]), tally(told[1]), tuple(differences))


def tally(told: Sequence[Kept]) -> Tally:
    """Count what was told by what review says."""
    return Tally(
        elephants=sum(each.stands_for for each in told if each.is_elephant),
        others=sum(each.stands_for for each in told if each.is_elephant is False),
        unknown=sum(each.stands_for for each in told if each.is_elephant is None),
    )


def inside(foot: tuple[float, float], zone: Corners) -> bool:
    """Whether a point lies in a polygon: a ray to the right crosses an odd number of its edges."""
    x, y = foot
    crossings = False
    for (x1, y1), (x2, y2) in zip(zone, (*zone[1:], zone[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings = not crossings
    return crossings


def _why_not(kept: Kept, side: Side, score: float) -> str:
    """Return why a look is not told; nothing if it is."""
    tuned = side.looking.threshold(kept)
    of_release = (side.thresholds or {}).get(kept.lighting, kept.threshold)
    if score < (of_release if tuned is None else tuned):
        return "threshold"
    return "mask" if side.looking.masks(kept) else ""
