"""A station's eye that never rests, with an updater beside it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from detector.engine import Detector
from detector.release import load_release
from edge_agent.contracts.updates import ENDS, Step, UpdateOffer, UpdateReport
from edge_agent.looking import Eye, Network, Thresholds
from edge_agent.settings import StationSettings
from edge_agent.updates.updater import Updater
from tests.edge_agent.builders import DUSK, settings_for, wait_until
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.networks import BRIGHT, DARK
from tests.edge_agent.updates.release_server import PUBLIC_KEY

RUNNING = "tiny-0.1"
QUICK = {
    "public_key": PUBLIC_KEY,
    "keep_free_mb": 0,
    "trial_frames": 16,
    "trial_minutes": 2,
    "slowest_ms": 200,
    "slower_at_most": 1000,  # the machine that tests is busy, and these networks take a moment
    "most_memory_mb": 300,
}


def load(folder: Path) -> tuple[Network, Thresholds]:
    detector = Detector(load_release(folder), threads=1)
    return detector, detector.release


class Bench:
    """Every frame is bright or dark in turn; what the eye made of each is held against that."""

    def __init__(self, tmp_path: Path, **updates: Any) -> None:
        folder = tmp_path / "running"
        if not folder.exists():
            networks.write_release(
                folder, networks.bright(), name=RUNNING, created=date(2026, 11, 1)
            )
        self.settings: StationSettings = settings_for(
            tmp_path, updates=QUICK | updates, model={"threads": 1, "release": str(folder)}
        )
        self.eye = Eye(*load(folder))
        self.reports: list[UpdateReport] = []
        self.looked_by: list[str] = []
        self.wrong = 0
        self.updater = Updater(self.settings, self.eye, load, exam=lambda: [BRIGHT, DARK] * 4)
        self._stopping = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        self._looking.start()
        self.updater.start(self.reports.append)

    def stop(self) -> None:
        self.updater.stop()
        self._stopping.set()
        self._looking.join(20)

    def offer(self, offer: UpdateOffer) -> None:
        self.updater.offer(offer.to_body())

    def steps(self) -> list[Step | None]:
        told = [report.step for report in self.reports]
        return [
            step for before, step in zip([object(), *told], told, strict=False) if step != before
        ]

    def end(self, patience_s: float = 90) -> UpdateReport:
        """Wait until the offer has come to its end, and return the last report."""
        wait_until(lambda: bool(self.reports) and self.reports[-1].step in ENDS, patience_s)
        return self.reports[-1]

    def go_on_looking(self) -> None:
        """Wait for some more frames."""
        seen = len(self.looked_by)
        wait_until(lambda: len(self.looked_by) > seen + 4)

    def _look(self) -> None:
        number = 0
        while not self._stopping.wait(0.005):
            number += 1
            is_bright = bool(number % 2)
            look = self.eye.look(BRIGHT if is_bright else DARK, DUSK)
            self.wrong += bool(look.elephants) != is_bright
            self.looked_by.append(look.release)


@contextmanager
def at_work(tmp_path: Path, **updates: Any) -> Iterator[Bench]:
    bench = Bench(tmp_path, **updates)
    bench.start()
    try:
        yield bench
    finally:
        bench.stop()
