"""What an event shows, once network and people have spoken: the same for every format. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.position import Position
from api.review.rules import Decision

ELEPHANT = "elephant"
_MEANS = {
    Decision.OTHER_ANIMAL: "animal",
    Decision.PERSON: "person",
    Decision.VEHICLE: "vehicle",
}


@dataclass(frozen=True, slots=True)
class SeenBox:
    """One animal in one frame. `confidence` is the network's; a person's box has none."""

    label: str
    box: tuple[float, float, float, float]
    confidence: float | None = None
    individual: str | None = None
    life_stage: str = "unknown"
    sex: str = "unknown"
    touches_edge: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who said it, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ObservedFrame:
    """One frame. `boxes` is complete if `is_certain`: what is not in it was not there.

    `human` is who labelled this very frame; `is_reviewed` also where its event has a verdict.
    """

    id: str
    captured_at: datetime
    lighting: str
    release: str
    threshold: float
    classified_at: datetime
    boxes: tuple[SeenBox, ...]
    network: tuple[SeenBox, ...]
    is_certain: bool
    is_reviewed: bool
    decision: Decision | None
    human: Spoken | None
    sha256: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class Vote:
    """What one reader held of an event."""

    reader: str
    decision: str
    count: int | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ObservedEvent:
    """One event with its verdict, or what the network says if nobody has given one."""

    id: int
    station: str
    station_name: str
    position: Position
    uncertainty_m: float
    deployment_id: str
    enrolled_at: datetime
    started_at: datetime
    ended_at: datetime
    herd_id: int | None
    simulated: bool
    verdict: Decision | None
    count: int | None
    network_count: int
    spoken: Spoken | None
    groups: tuple[Mapping[str, Any], ...] = ()
    behaviour: str = ""
    individuals: tuple[str, ...] = ()
    frames: tuple[ObservedFrame, ...] = ()
    votes: tuple[Vote, ...] = field(default=())

    @property
    def deployment(self) -> str:
        """Its deployment's name, unique at the site."""
        return f"{self.station}:{self.deployment_id}"


def boxes_of_network(animals: Iterable[Mapping[str, Any]], threshold: float) -> list[SeenBox]:
    """Return what the network believes: elephants from the threshold on, and everything else."""
    return [
        SeenBox(
            str(animal["label"]),
            _four(animal["box"]),
            float(animal["confidence"]),
            touches_edge=bool(animal.get("touches_edge", False)),
        )
        for animal in animals
        if animal["label"] != ELEPHANT or animal["confidence"] >= threshold
    ]


def boxes_of_person(boxes: Iterable[Mapping[str, Any]], names: Mapping[int, str]) -> list[SeenBox]:
    """Return the boxes of a person's label."""
    return [
        SeenBox(
            str(box["label"]),
            _four(box["box"]),
            individual=names.get(box.get("individual") or 0),
            life_stage=box.get("life_stage", "unknown"),
            sex=box.get("sex", "unknown"),
            touches_edge=_touches_edge(box["box"]),
        )
        for box in boxes
    ]


def as_decided(decision: Decision, network: Sequence[SeenBox]) -> tuple[list[SeenBox], bool]:
    """Return the boxes of a frame of which a person said that, and whether they are complete.

    "Elephant" confirms the network's elephants. Where it has none there may be one without a box:
    such a frame is no evidence, because what is unmarked would be learnt as background.
    """
    if decision is Decision.NOTHING:
        return [], True
    if decision is Decision.UNSURE:
        return list(network), False
    if decision is Decision.ELEPHANT:
        return list(network), any(seen.label == ELEPHANT for seen in network)
    label = _MEANS[decision]
    meant = [
        SeenBox(label, seen.box, seen.confidence, touches_edge=seen.touches_edge)
        if seen.label == ELEPHANT
        else seen
        for seen in network
    ]
    return meant, any(seen.label == label for seen in meant)


def _four(box: Sequence[float]) -> tuple[float, float, float, float]:
    left, top, width, height = box
    return float(left), float(top), float(width), float(height)


def _touches_edge(box: Sequence[float]) -> bool:
    left, top, width, height = box
    return min(left, top) <= 0 or max(left + width, top + height) >= 1
