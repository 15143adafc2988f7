"""How many of how many frames should ring before an alert does: every rule tried on sequences.

A still camera that sees one frame can be asked for one only, so that sequences of a single frame
say nothing here and are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from detector.evaluation.looking import Seen
from detector.evaluation.rates import Share
from detector.evaluation.thresholds import Thresholds, rings


@dataclass(frozen=True, slots=True)
class Rule:
    """`needed` of `out_of` frames in a row must ring."""

    needed: int
    out_of: int

    def __str__(self) -> str:
        return f"{self.needed} of {self.out_of}"


STATION_RULE = Rule(2, 4)
RULES = (
    *(Rule(1, 1), Rule(2, 2), Rule(2, 3), STATION_RULE, Rule(2, 6)),
    *(Rule(3, 4), Rule(3, 5), Rule(3, 6), Rule(4, 6)),
)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule makes of the sequences: found, falsely rung, and frames until it rang."""

    rule: Rule
    found: Share
    false: Share
    median_frames: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "rule": str(self.rule),
            "visits": self.found.n,
            "found": self.found.hits,
            "without_elephants": self.false.n,
            "false": self.false.hits,
            "median_frames": self.median_frames,
        }


def confirmed_at(answers: Sequence[bool], rule: Rule) -> int | None:
    """Return after how many frames (from 1) a sequence rings, None if it never does.

    A sequence shorter than the rule needs can only be asked for as many frames as it has.
    """
    needed = min(rule.needed, len(answers))
    for end in range(needed, len(answers) + 1):
        if needed and sum(answers[max(0, end - rule.out_of) : end]) >= needed:
            return end
    return None


def sequences_of(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Give the frames of each sequence, in the order of their names."""

    def order(one: Seen) -> tuple[str, str]:
        return one.picture.sequence_id, one.picture.path.name

    for _, frames in groupby(sorted(seen, key=order), key=lambda one: one.picture.sequence_id):
        yield list(frames)


def try_rules(
    seen: Sequence[Seen], thresholds: Thresholds, rules: Sequence[Rule] = RULES
) -> list[RuleFigures]:
    """Try each rule on all sequences of two frames or more."""
    sequences = [frames for frames in sequences_of(seen) if len(frames) > 1]
    return [_tried(rule, sequences, thresholds) for rule in rules]


def _tried(rule: Rule, sequences: Sequence[list[Seen]], thresholds: Thresholds) -> RuleFigures:
    after: dict[bool, list[int | None]] = {True: [], False: []}
    for frames in sequences:
        is_visit = any(one.picture.has_elephant for one in frames)
        answers = [rings(one, thresholds) for one in frames]
        after[is_visit].append(confirmed_at(answers, rule))
    rang = sorted(end for end in after[True] if end is not None)
    false = sum(end is not None for end in after[False])
    return RuleFigures(
        rule=rule,
        found=Share(len(rang), len(after[True])),
        false=Share(false, len(after[False])),
        median_frames=rang[len(rang) // 2] if rang else None,
    )
