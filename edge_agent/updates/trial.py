"""Holds a new release against the running one, on the exam's pictures and on live frames."""

import queue
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from detector.detection import Detection, Label, Lighting
from detector.lighting import lighting_of
from detector.pictures import Pixels, read_picture
from edge_agent.looking import Look, Network, Thresholds
from edge_agent.updates.judging import Evidence, Rules, fault_of, is_proven, unproven
from edge_agent.updates.refusal import RefusedError
from edge_agent.updates.second import Second

EXAM = Path(__file__).parent / "exam"
"""Drawn pictures, some with elephants: a blind network is found out without waiting for a herd."""

_PATIENCE_S = 0.2


class InterruptedTrialError(Exception):
    """The station stops, or a newer offer has come."""


@dataclass(slots=True)
class LiveFrames:
    """The newest looks of the station's eye; a look is dropped while the one before is compared."""

    _waiting: "queue.Queue[Look]" = field(default_factory=lambda: queue.Queue(maxsize=1))

    def witness(self, look: Look) -> None:
        """Take a look; never waits."""
        try:
            self._waiting.put_nowait(look)
        except queue.Full:
            return

    def next(self) -> Look | None:
        """Return the next look, or None if there is none for a moment."""
        try:
            return self._waiting.get(timeout=_PATIENCE_S)
        except queue.Empty:
            return None


@dataclass(frozen=True, slots=True)
class Running:
    """The release that counts now."""

    network: Network
    thresholds: Thresholds

    def sees(self, pixels: Pixels, lighting: Lighting) -> bool:
        """Whether it believes in an elephant, by its own thresholds."""
        threshold = self.thresholds.threshold(lighting)
        return any(is_elephant(d, threshold) for d in self.network.detect(pixels, floor=threshold))


@dataclass(slots=True)
class Trial:
    """One release on trial. Every method raises what is wrong with it.

    `is_wanted` is asked between two frames; `progress` is told the evidence so far.
    """

    second: Second
    running: Running
    rules: Rules
    minutes: float
    is_wanted: Callable[[], bool]
    clock_s: Callable[[], float] = time.monotonic
    evidence: Evidence = field(default_factory=Evidence)

    def sit_exam(self, pictures: Iterable[Pixels]) -> None:
        """Compare on pictures that are always at hand."""
        for pixels in pictures:
            self._compare(pixels, lighting_of(pixels))

    def shadow(self, live: LiveFrames) -> None:
        """Compare on live frames while the running release alone is heard."""
        self._until_proven(live, lambda look: self._compare(look.pixels, look.lighting))
        reason = unproven(self.evidence, self.rules)
        if reason is not None:
            raise RefusedError(reason)

    def lead(self, live: LiveFrames, failure: Callable[[], str | None]) -> None:
        """Compare while the new release is heard and the one before looks after it."""
        self.evidence = Evidence()
        self._until_proven(live, self._look_after, failure)

    def _until_proven(
        self,
        live: LiveFrames,
        compare: Callable[[Look], None],
        failure: Callable[[], str | None] = lambda: None,
    ) -> None:
        ends_s = self.clock_s() + 60 * self.minutes
        while not is_proven(self.evidence, self.rules, is_time_over=self.clock_s() > ends_s):
            if not self.is_wanted():
                raise InterruptedTrialError
            reason = failure()
            if reason is not None:
                raise RefusedError(reason)
            look = live.next()
            if look is not None:
                compare(look)

    def _compare(self, pixels: Pixels, lighting: Lighting) -> None:
        began_s = time.perf_counter()
        running_saw = self.running.sees(pixels, lighting)
        self.evidence.running_ms.append((time.perf_counter() - began_s) * 1000)
        threshold = self.second.thresholds[lighting]
        seen = self.second.detect(pixels, floor=threshold)
        self._note(running_saw=running_saw, new_saw=any(is_elephant(d, threshold) for d in seen))

    def _look_after(self, look: Look) -> None:
        threshold = self.second.thresholds[look.lighting]
        new_saw = any(is_elephant(d, threshold) for d in (*look.elephants, *look.faint))
        running_saw = self.running.sees(look.pixels, look.lighting)
        self._note(running_saw=running_saw, new_saw=new_saw)

    def _note(self, *, running_saw: bool, new_saw: bool) -> None:
        self.evidence.note(running_saw=running_saw, new_saw=new_saw)
        self.evidence.took_ms.append(self.second.took_ms)
        self.evidence.memory_mb = max(self.evidence.memory_mb, self.second.memory_mb)
        reason = fault_of(self.evidence, self.rules)
        if reason is not None:
            raise RefusedError(reason)


def exam_pictures(folder: Path = EXAM) -> Iterable[Pixels]:
    """Read the exam, one picture at a time."""
    return (read_picture(path) for path in sorted(folder.glob("*.jpg")))


def is_elephant(detection: Detection, threshold: float) -> bool:
    """Whether a detection is an elephant that is believed in."""
    return detection.label is Label.ELEPHANT and detection.confidence >= threshold
