"""A new release looks first, the one before stands by: a look that fails is made again at once."""

import logging
import threading

from detector.detection import Detection, Lighting
from detector.pictures import Pixels
from edge_agent.updates.second import Second, SecondError
from edge_agent.updates.trial import Running

_log = logging.getLogger(__name__)


class Standby:
    """Both a `Network` and its `Thresholds`. From the first failure on, the old release looks."""

    def __init__(self, second: Second, old: Running) -> None:
        second.lead()
        self._second = second
        self._old = old
        self._lock = threading.Lock()
        self.failure: str | None = None

    @property
    def name(self) -> str:
        """The release that made the last look."""
        return self._second.name if self.failure is None else self._old.thresholds.name

    def threshold(self, lighting: Lighting) -> float:
        """Return the confidence from which an elephant is one, for who looks now."""
        if self.failure is None:
            return self._second.thresholds[lighting]
        return self._old.thresholds.threshold(lighting)

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        """Look; no frame is lost, whatever becomes of the new release."""
        if self.failure is None:
            try:
                return self._second.detect(pixels, floor=floor)
            except SecondError as error:
                self._note(str(error))
        return self._old.network.detect(pixels, floor=floor)

    def _note(self, failure: str) -> None:
        with self._lock:
            if self.failure is None:
                _log.warning("release %s failed, %s looks", self._second.name, self._old_name)
                self.failure = failure

    @property
    def _old_name(self) -> str:
        return self._old.thresholds.name
