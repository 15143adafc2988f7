"""Whether a new release is as good as the running one, on the same frames. Pure."""

from dataclasses import dataclass, field
from statistics import median

_LOOKS_FOR_A_MEDIAN = 5
_EMPTY_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """When a release is refused; shares are of frames.

    A better release may see an elephant that the running one misses, so some difference is allowed.
    """

    frames: int = 100
    least_elephants: int = 3
    missed_at_most: float = 0.5
    fired_at_most: float = 0.3
    slowest_ms: float = 1000.0
    slower_at_most: float = 4.0


@dataclass(slots=True)
class Evidence:
    """What was seen so far, frame by frame."""

    frames: int = 0
    elephants: int = 0
    missed: int = 0
    empty: int = 0
    fired: int = 0
    memory_mb: float = 0.0
    took_ms: list[float] = field(default_factory=list)
    running_ms: list[float] = field(default_factory=list)

    def note(self, *, running_saw: bool, new_saw: bool) -> None:
        """Note one frame that both have looked at."""
        self.frames += 1
        if running_saw:
            self.elephants += 1
            self.missed += not new_saw
        else:
            self.empty += 1
            self.fired += new_saw

    def figures(self) -> dict[str, float]:
        """Return it for a report."""
        counts = {
            name: float(getattr(self, name))
            for name in ("frames", "elephants", "missed", "empty", "fired")
        }
        counts["memory_mb"] = round(self.memory_mb, 1)
        for name, times in (("took_ms", self.took_ms), ("running_ms", self.running_ms)):
            if times:
                counts[name] = round(median(times), 1)
        return counts


def fault_of(evidence: Evidence, rules: Rules) -> str | None:
    """Return what is wrong with a release, as soon as that is plain; None is nothing yet."""
    if len(evidence.took_ms) >= _LOOKS_FOR_A_MEDIAN:
        slow = _slowness(evidence, rules)
        if slow is not None:
            return slow
    if (
        evidence.elephants >= max(1, rules.least_elephants)
        and evidence.missed > rules.missed_at_most * evidence.elephants
    ):
        return (
            f"it is blind: it missed {evidence.missed} of {evidence.elephants} frames in which the "
            "other release sees elephants"
        )
    if evidence.empty >= _EMPTY_FRAMES and evidence.fired > rules.fired_at_most * evidence.empty:
        return (
            f"it sees elephants everywhere: in {evidence.fired} of {evidence.empty} frames "
            "in which the other release sees none"
        )
    return None


def is_proven(evidence: Evidence, rules: Rules, *, is_time_over: bool) -> bool:
    """Whether enough was seen; also in a quiet forest a trial ends when its time is over."""
    return evidence.frames >= rules.frames or is_time_over


def unproven(evidence: Evidence, rules: Rules) -> str | None:
    """Return why a release that did nothing wrong is not taken all the same, or None."""
    if evidence.elephants < rules.least_elephants:
        return (
            f"it could not be proven: the running release sees elephants in {evidence.elephants} "
            f"of {evidence.frames} frames, {rules.least_elephants} are needed"
        )
    return None


def _slowness(evidence: Evidence, rules: Rules) -> str | None:
    took_ms = median(evidence.took_ms)
    if took_ms > rules.slowest_ms:
        return f"it is too slow: {took_ms:.0f} ms a frame, {rules.slowest_ms:g} are allowed"
    if len(evidence.running_ms) < _LOOKS_FOR_A_MEDIAN:
        return None
    running_ms = max(median(evidence.running_ms), rules.slowest_ms / 20)
    if took_ms > rules.slower_at_most * running_ms:
        return (
            f"it is too slow: {took_ms:.0f} ms a frame, the other release takes "
            f"{median(evidence.running_ms):.0f}"
        )
    return None
