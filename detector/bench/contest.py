"""Lets several programs take turns on the same frames, each in a process of its own.

Turn by turn, so that the neighbours' noise on a shared machine hits all of them alike; figures that
compare two sides are the median of what they took in the same round. Who is not on turn is stopped
as a whole: some runtimes keep a core busy long after they have answered, and it was always the same
side that came next.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any

from detector.measuring import percentile

LAST_WORDS = 300
"""Characters of a failed program's complaint that are passed on."""


class SideError(Exception):
    """A side could not start or stopped; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Side:
    """One contestant, and the command that runs it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Took:
    """What one frame took of one side; `cpu_ms` counts all cores together."""

    wall_ms: float
    cpu_ms: float
    rss_mb: float | None


@dataclass(frozen=True, slots=True)
class Record:
    """All turns of one side, in order of rounds, and how long its start took.

    `input_px` is the width and height of what its network was shown, as it told itself.
    """

    start_s: float
    turns: tuple[Took, ...]
    input_px: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the side's own figures."""
        wall = [turn.wall_ms for turn in self.turns]
        held = [turn.rss_mb for turn in self.turns if turn.rss_mb is not None]
        return {
            "input_px": self.input_px,
            "start_s": round(self.start_s, 2),
            "p50_ms": round(percentile(wall, 0.5), 2),
            "p95_ms": round(percentile(wall, 0.95), 2),
            "cpu_p50_ms": round(percentile([turn.cpu_ms for turn in self.turns], 0.5), 2),
            "rss_mb": round(max(held), 1) if held else None,
        }


@dataclass(frozen=True, slots=True)
class Contest:
    """What was measured, and of whom nothing was, with the reason."""

    records: Mapping[str, Record]
    not_measured: Mapping[str, str]

    def ratio(self, of: str, to: str) -> dict[str, float] | None:
        """Return how many times longer `of` takes than `to`: on the clock, and of the cores."""
        if of not in self.records or to not in self.records:
            return None
        pairs = list(zip(self.records[of].turns, self.records[to].turns, strict=True))
        return {
            "wall": round(median(a.wall_ms / b.wall_ms for a, b in pairs), 3),
            "cpu": round(median(a.cpu_ms / b.cpu_ms for a, b in pairs), 3),
        }


def hold(sides: Sequence[Side], frames: int, rounds: int, on_round: Callable[[], None]) -> Contest:
    """Start every side that can be started, and let them look at the frames in turn.

    Each round is one frame, and another side begins. Raises `SideError` if one stops on the way.
    """
    not_measured: dict[str, str] = {}
    running: dict[str, _Running] = {}
    with ExitStack() as stack:
        for side in sides:
            try:
                running[side.name] = stack.enter_context(_started(side))
            except SideError as error:
                not_measured[side.name] = str(error)
        turns: dict[str, list[Took]] = {name: [] for name in running}
        for number in range(rounds):
            for name in _in_turn(list(running), number):
                turns[name].append(running[name].look_at(number % frames))
            on_round()
        records = {
            name: Record(one.start_s, tuple(turns[name]), one.input_px)
            for name, one in running.items()
        }
    return Contest(records, not_measured)


class _Running:
    """A started side, ready for its first frame."""

    def __init__(self, side: Side, process: "subprocess.Popen[str]", complaints: Path) -> None:
        began_s = time.perf_counter()
        assert process.stdin is not None  # noqa: S101 (pipes were asked for)
        assert process.stdout is not None  # noqa: S101
        self._name, self._process = side.name, process
        self._questions: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout
        self._complaints = complaints
        shown = self._hear().get("input_px")
        self.input_px: tuple[int, int] | None = (shown[0], shown[1]) if shown else None
        self.start_s = time.perf_counter() - began_s
        process.send_signal(signal.SIGSTOP)

    def look_at(self, frame: int) -> Took:
        self._process.send_signal(signal.SIGCONT)
        try:
            print(frame, file=self._questions, flush=True)
        except BrokenPipeError as error:
            raise self._stopped() from error
        took = Took(**self._hear())
        self._process.send_signal(signal.SIGSTOP)
        return took

    def _hear(self) -> dict[str, Any]:
        """Wait for a line that is an answer; what libraries print on their way is none."""
        for line in self._answers:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise self._stopped()

    def _stopped(self) -> SideError:
        said = self._complaints.read_text(encoding="utf-8", errors="replace").strip()
        return SideError(f"{self._name} stopped: {said[-LAST_WORDS:] or 'it did not say why'}")


@contextmanager
def _started(side: Side) -> Iterator[_Running]:
    root = str(Path(__file__).parent.parent.parent)
    surroundings = {**os.environ, "PYTHONPATH": root}
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        complaints = Path(folder) / "stderr"
        with complaints.open("w", encoding="utf-8") as stderr:
            try:
                process = subprocess.Popen(  # noqa: S603 (our own program, by a named Python)
                    side.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    env=surroundings,
                )
            except OSError as error:
                raise SideError(f"{side.command[0]} cannot be run: {error.strerror}") from error
            with process:
                try:
                    yield _Running(side, process, complaints)
                finally:
                    process.kill()


def _in_turn(names: list[str], number: int) -> list[str]:
    first = number % max(1, len(names))
    return names[first:] + names[:first]
