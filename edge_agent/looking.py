"""One look at one frame: what is in it, and what of that is worth telling."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.lighting import lighting_of
from detector.pictures import Pixels
from edge_agent.tracking.distinct import distinct
from edge_agent.zones import Polygon, stands_in

# Not what an alert is raised for, only told beside an elephant: one floor for all lighting will do.
OTHERS_FLOOR = 0.3
# Lower, because a face that is hidden for nothing costs less than one that is shown. At half of it
# hardly anybody more was hidden, but twice as many pictures without people (operator's guide).
PEOPLE_FLOOR = 0.1
_UNTUNED: Mapping[str, float] = MappingProxyType({})
# Elephants that were sure once stay as long as the network is this share as sure of them.
KEEP_SHARE = 0.6
# Below this nobody wants to know of it: the network's noise.
SEEN_FROM = 0.05


class Network(Protocol):
    """What of `detector.engine.Detector` a station uses."""

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        """Return what is in the frame from `floor` up, the surest first."""
        ...


class Thresholds(Protocol):
    """What of `detector.release.Release` a station uses."""

    @property
    def name(self) -> str:
        """The release's name, as messages carry it."""
        ...

    def threshold(self, lighting: Lighting) -> float:
        """Return the confidence from which an elephant is one, in this light."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A frame and what was seen in it. `pixels` are BGR, height x width x 3.

    `doubtful` are all elephants below the threshold, from `SEEN_FROM` up: no reason to warn.
    `faint` are the surest of them: a reason to go on watching.
    """

    captured_at: datetime
    pixels: Pixels
    lighting: Lighting
    release: str
    threshold: float
    elephants: tuple[Detection, ...]
    others: tuple[Detection, ...]
    people: tuple[BoundingBox, ...]
    faint: tuple[Detection, ...] = ()
    doubtful: tuple[Detection, ...] = ()

    @property
    def best_confidence(self) -> float:
        """How sure the network is of its surest elephant; 0 without one."""
        return max((elephant.confidence for elephant in self.elephants), default=0.0)

    @property
    def nearly(self) -> float:
        """How near its surest faint elephant comes to the threshold, as a share; 0 without one."""
        return max((one.confidence for one in self.faint), default=0.0) / self.threshold

    @property
    def best_doubt(self) -> float:
        """How sure the network is of its surest elephant below the threshold; 0 without one."""
        return max((elephant.confidence for elephant in self.doubtful), default=0.0)


class Eye:
    """A network and its release's thresholds. Several cameras share it, one frame at a time.

    `witness` is shown each look; it must not wait for anything.
    """

    def __init__(self, network: Network, thresholds: Thresholds) -> None:
        self._network = network
        self._thresholds = thresholds
        self._one_at_a_time = threading.Lock()
        self.witness: Callable[[Look], None] = lambda _: None

    @property
    def release_name(self) -> str:
        """The release that looks."""
        return self._thresholds.name

    @property
    def looks_with(self) -> tuple[Network, Thresholds]:
        """The network and its thresholds, as they are now."""
        return self._network, self._thresholds

    def use(self, network: Network, thresholds: Thresholds) -> None:
        """Look with another network from the next frame on; a look that has begun is finished."""
        with self._one_at_a_time:
            self._network, self._thresholds = network, thresholds

    def look(
        self, pixels: Pixels, captured_at: datetime, tuned: Mapping[str, float] = _UNTUNED
    ) -> Look:
        """Say what is in a frame. Takes as long as one inference.

        `tuned` holds the confidences, by lighting, that take the place of the release's.
        """
        look = self._look(pixels, captured_at, tuned)
        self.witness(look)
        return look

    def _look(self, pixels: Pixels, captured_at: datetime, tuned: Mapping[str, float]) -> Look:
        lighting = lighting_of(pixels)
        with self._one_at_a_time:
            release = self._thresholds
            threshold = tuned.get(lighting, release.threshold(lighting))
            floor = min(KEEP_SHARE * threshold, PEOPLE_FLOOR, SEEN_FROM)
            detections = self._network.detect(pixels, floor=floor)
        sure = distinct(_above(detections, (Label.ELEPHANT,), threshold))
        doubtful = _fainter(detections, SEEN_FROM, sure)
        return Look(
            captured_at=captured_at,
            pixels=pixels,
            lighting=lighting,
            release=release.name,
            threshold=threshold,
            elephants=sure,
            others=_above(detections, (Label.PERSON, Label.VEHICLE, Label.ANIMAL), OTHERS_FLOOR),
            people=tuple(d.box for d in _above(detections, (Label.PERSON,), PEOPLE_FLOOR)),
            faint=_fainter(detections, KEEP_SHARE * threshold, sure),
            doubtful=tuple(d for d in doubtful if d.confidence < threshold),
        )


def without_excluded(look: Look, zones: Sequence[Polygon]) -> Look:
    """Return a look without the animals that stand in the zones. People are hidden everywhere."""
    if not zones:
        return look
    return replace(
        look,
        elephants=tuple(d for d in look.elephants if not stands_in(d.box, zones)),
        others=tuple(d for d in look.others if not stands_in(d.box, zones)),
        faint=tuple(d for d in look.faint if not stands_in(d.box, zones)),
    )


def _fainter(
    detections: Sequence[Detection], floor: float, sure: Sequence[Detection]
) -> tuple[Detection, ...]:
    elephants = distinct(_above(detections, (Label.ELEPHANT,), floor))
    return tuple(d for d in elephants if d not in sure)


def _above(
    detections: Sequence[Detection], labels: tuple[Label, ...], floor: float
) -> tuple[Detection, ...]:
    return tuple(d for d in detections if d.label in labels and d.confidence >= floor)
