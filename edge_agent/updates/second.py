"""The station's hold on a release that looks in a process of its own."""

import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.pictures import Pixels
from detector.release import Precision
from edge_agent.updates.shadow import TOO_BIG

_MOST_ANSWER_BYTES = 1_000_000
_DIE_WITHIN_S = 10
# While nobody waits for its answers; a busy board is no fault of the release.
_TRIAL_PATIENCE_S = 30.0


class SecondError(Exception):
    """The release failed in its process; says how."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a release may take, and how finely it is to compute where it has the choice.

    Times are of one look, but for `start_s`.
    """

    slowest_ms: float
    most_memory_mb: float
    start_s: float = 120.0
    threads: int | None = None
    budget_ms: float | None = None
    precision: Precision = Precision.FP32

    @property
    def hang_s(self) -> float:
        """The silence after which a look has hung that somebody waits for."""
        return max(5.0, 4 * self.slowest_ms / 1000)


class Second:
    """A release in a process of its own: a `Network`, whose failures are `SecondError` alone."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._patience_s = _TRIAL_PATIENCE_S
        self.took_ms = 0.0
        self.memory_mb = 0.0
        self.name = ""
        self.thresholds: dict[Lighting, float] = {}
        ours, theirs = socket.socketpair()
        self._line = ours
        self._heard = bytearray()
        command = [sys.executable, "-m", "edge_agent.updates.shadow", str(folder)]
        about = (
            theirs.fileno(),
            limits.most_memory_mb,
            limits.threads or 0,
            limits.budget_ms or 0,
            limits.precision.value,
        )
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 (ourselves, and a folder of our own)
                [*command, *map(str, about)], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Wait until the release is loaded.

        Raises:
            SecondError: it cannot be loaded here.
        """
        with self._lock:
            answer = self._hear(time.monotonic() + self._limits.start_s)
        self.name = str(answer["ready"])
        self.thresholds = {Lighting(name): at for name, at in answer["thresholds"].items()}

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        """Return what the release sees in a frame, the surest first.

        Raises:
            SecondError: it died, hung, or gave an error.
        """
        asked = {"shape": pixels.shape[:2], "floor": floor}
        with self._lock:
            deadline_s = time.monotonic() + self._patience_s
            self._tell(json.dumps(asked).encode() + b"\n" + pixels.tobytes(), deadline_s)
            answer = self._hear(deadline_s)
        self.took_ms, self.memory_mb = answer["took_ms"], answer["memory_mb"]
        return [
            Detection(Label(label), sure, BoundingBox(*box)) for label, sure, *box in answer["seen"]
        ]

    def lead(self) -> None:
        """From now on somebody waits for each answer."""
        self._patience_s = self._limits.hang_s

    def close(self) -> None:
        """End the process, whatever it is doing. Harmless to repeat."""
        self.process.kill()
        self.process.wait(_DIE_WITHIN_S)
        self._line.close()

    def _tell(self, data: bytes, deadline_s: float) -> None:
        try:
            self._line.settimeout(max(0.001, deadline_s - time.monotonic()))
            self._line.sendall(data)
        except TimeoutError as error:
            raise SecondError(self._hung()) from error
        except OSError as error:
            raise SecondError(self._dead()) from error

    def _hear(self, deadline_s: float) -> dict[str, Any]:
        while b"\n" not in self._heard:
            try:
                self._line.settimeout(max(0.001, deadline_s - time.monotonic()))
                data = self._line.recv(65536)
            except TimeoutError as error:
                raise SecondError(self._hung()) from error
            except OSError as error:
                raise SecondError(self._dead()) from error
            self._heard += data
            if not data or len(self._heard) > _MOST_ANSWER_BYTES:
                raise SecondError(self._dead())
        line, _, rest = self._heard.partition(b"\n")
        self._heard = bytearray(rest)
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise SecondError(str(answer["failed"]))
        return answer

    def _hung(self) -> str:
        return "it hung: no answer within its time"

    def _dead(self) -> str:
        code = self.process.wait(_DIE_WITHIN_S)
        if code == TOO_BIG:
            return f"it took more than {self._limits.most_memory_mb:g} MB of memory"
        return f"its process died ({f'signal {-code}' if code < 0 else f'exit {code}'})"
