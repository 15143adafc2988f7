"""How many of how many frames should ring before an alert does: every rule tried on visits.

A still camera that sees one frame can be asked for one only, so that sequences of a single frame
say nothing here and are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean
from typing import Any

from detector.evaluation.looking import Seen
from detector.evaluation.rates import Share
from detector.evaluation.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Rule:
    """`needed` of `out_of` frames in a row must show an elephant.

    The last of them must ring; to vouch for it, the others need come no nearer to the threshold
    than `vouches_from`, a share of it.
    """

    needed: int
    out_of: int
    vouches_from: float = 1.0

    def __str__(self) -> str:
        return f"{self.needed} of {self.out_of} from {self.vouches_from:.0%}"


STATION_RULE = Rule(2, 4)
RULES = (
    Rule(1, 1),
    *(
        Rule(needed, out_of, share)
        for needed, out_of in ((2, 2), (2, 3), (2, 4), (2, 6), (3, 4), (3, 5), (3, 6), (4, 6))
        for share in (1.0, 0.9, 0.8, 0.7, 0.6)
    ),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What came by one camera: how near each frame came to its threshold, as shares of it."""

    is_elephant: bool
    nearness: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule makes of visits: found, falsely rung, and after how many frames on average."""

    rule: Rule
    found: Share
    false: Share
    mean_frames: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "needed": self.rule.needed,
            "out_of": self.rule.out_of,
            "vouches_from": self.rule.vouches_from,
            "visits": self.found.n,
            "found": self.found.hits,
            "without_elephants": self.false.n,
            "false": self.false.hits,
            "mean_frames": None if self.mean_frames is None else round(self.mean_frames, 2),
        }


def confirmed_at(nearness: Sequence[float], rule: Rule) -> int | None:
    """Return after how many frames (from 1) a visit rings, None if it never does.

    A visit shorter than the rule needs can only be asked for as many frames as it has.
    """
    needed = min(rule.needed, len(nearness))
    for end in range(needed, len(nearness) + 1):
        window = nearness[max(0, end - rule.out_of) : end]
        vouching = sum(near >= rule.vouches_from for near in window)
        if window and window[-1] >= 1 and vouching >= needed:
            return end
    return None


def nearness(one: Seen, thresholds: Thresholds) -> float:
    """How near a frame comes to ringing: 1 and more rings."""
    return one.score / thresholds[one.lighting]


def sequences_of(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Give the frames of each sequence, in the order of their names."""

    def order(one: Seen) -> tuple[str, str]:
        return one.picture.sequence_id, one.picture.path.name

    for _, frames in groupby(sorted(seen, key=order), key=lambda one: one.picture.sequence_id):
        yield list(frames)


def visits_of(seen: Sequence[Seen], thresholds: Thresholds) -> Iterator[Visit]:
    """Give the sequences of two frames or more."""
    for frames in sequences_of(seen):
        if len(frames) > 1:
            is_elephant = any(one.picture.has_elephant for one in frames)
            yield Visit(is_elephant, tuple(nearness(one, thresholds) for one in frames))


def try_rules(visits: Sequence[Visit], rules: Sequence[Rule] = RULES) -> list[RuleFigures]:
    """Try each rule on all visits; the best first.

    False alarms weigh most, then visits found, then how soon. Among equals the stricter share
    stands first.
    """
    return sorted((_tried(rule, visits) for rule in rules), key=_rank)


def _rank(one: RuleFigures) -> tuple[int, int, float, float]:
    return one.false.hits, -one.found.hits, one.mean_frames or 0.0, -one.rule.vouches_from


def _tried(rule: Rule, visits: Sequence[Visit]) -> RuleFigures:
    after: dict[bool, list[int | None]] = {True: [], False: []}
    for visit in visits:
        after[visit.is_elephant].append(confirmed_at(visit.nearness, rule))
    rang = [end for end in after[True] if end is not None]
    false = sum(end is not None for end in after[False])
    return RuleFigures(
        rule=rule,
        found=Share(len(rang), len(after[True])),
        false=Share(false, len(after[False])),
        mean_frames=mean(rang) if rang else None,
    )
