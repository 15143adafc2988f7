"""The ordinary, so that a test names only what matters to it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.pictures import Pixels
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage, SeenAnimal
from edge_agent.contracts.messages import Lighting as WireLighting
from edge_agent.looking import Look
from edge_agent.settings import StationSettings

DUSK = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
SITE, STATION = "xishuangbanna", "ridge"
_BOX = BoundingBox(0.2, 0.3, 0.3, 0.4)


def an_elephant(confidence: float = 0.8, box: BoundingBox = _BOX) -> Detection:
    return Detection(Label.ELEPHANT, confidence, box)


def a_person(box: BoundingBox, confidence: float = 0.7) -> Detection:
    return Detection(Label.PERSON, confidence, box)


def pixels_of(height: int = 48, width: int = 64, *, seed: int = 0) -> Pixels:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return noise.astype(np.uint8)


def a_look(
    *elephants: float,
    after_s: float = 0,
    people: tuple[BoundingBox, ...] = (),
    faint: tuple[Detection, ...] = (),
    doubtful: tuple[float, ...] = (),
    passer: float | None = None,
    box: BoundingBox = _BOX,
) -> Look:
    """The elephants stand side by side, the first in `box`; a passer is a person so surely."""
    beside = [replace(box, left=box.left + 0.06 * i) for i in range(len(elephants))]
    return Look(
        captured_at=DUSK + timedelta(seconds=after_s),
        pixels=pixels_of(),
        lighting=Lighting.NIGHT_IR,
        release="elephant-0.1",
        threshold=0.35,
        elephants=tuple(map(an_elephant, elephants, beside)),
        others=() if passer is None else (Detection(Label.PERSON, passer, _BOX),),
        people=people,
        faint=faint,
        doubtful=tuple(map(an_elephant, doubtful)),
    )


def a_message(**changes: Any) -> DetectionMessage:
    message = DetectionMessage(
        id=uuid7(),
        deployment_id="ridge-1",
        captured_at=DUSK,
        sent_at=DUSK,
        lighting=WireLighting.NIGHT_IR,
        release="elephant-0.1",
        threshold=0.35,
        animals=(SeenAnimal(label="elephant", confidence=0.8, box=(0.2, 0.3, 0.3, 0.4)),),
    )
    return message.model_copy(update=changes)


def settings_for(folder: Path, *, port: int = 1, **tables: Any) -> StationSettings:
    """A station whose link is impatient, so that tests are quick."""
    broker = {
        "port": port,
        "resend_after_s": 0.1,
        "reconnect_after_s": 0.05,
        "reconnect_at_most_s": 0.2,
        **tables.pop("broker", {}),
    }
    cameras = [{"kind": "folder", "deployment_id": "ridge-1", "path": str(folder / "footage")}]
    table = {
        "site_id": SITE,
        "station_id": STATION,
        "key": KEY.hex(),
        "state_dir": str(folder / "state"),
        "broker": broker,
        "cameras": cameras,
        **tables,
    }
    return StationSettings.model_validate(table)


class FakeNetwork:
    """Sees what it is told to see, frame after frame; then nothing more."""

    name = "elephant-0.1"

    def __init__(self, *looks: Iterable[Detection], always: Iterable[Detection] = ()) -> None:
        self._looks = list(looks)
        self._always = list(always)

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        assert pixels.ndim == 3
        seen = list(self._looks.pop(0)) if self._looks else self._always
        return [d for d in seen if d.confidence >= (floor or 0)]

    def threshold(self, lighting: Lighting) -> float:
        assert lighting in Lighting
        return 0.35


def wait_until(reached: Callable[[], bool], patience_s: float = 20) -> None:
    """Wait for a condition, never for a time."""
    deadline = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
