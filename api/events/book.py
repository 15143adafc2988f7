"""What a batch of sightings does to detections and events, in memory: read before, written after.

Sightings are told one after the other, as if each had come alone; only the rows wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.events.rules import ForeignDetectionError, Sighting, nearest_span
from api.position import Position

Camera = tuple[int, str, bool]  # station, deployment, and whether it is a drill


@dataclass(slots=True)
class KnownDetection:
    """What is known of a detection whose id was told."""

    station_id: int
    simulated: bool
    revision: int
    historical: bool
    event_id: int | None
    is_kept: bool  # there is a row


@dataclass(slots=True, eq=False)
class OpenEvent:
    """An event that more sightings may continue; it has no `id` before it is kept."""

    id: int | None
    site_id: str
    station_id: int
    deployment_id: str
    simulated: bool
    position: Position
    started_at: datetime
    ended_at: datetime
    count: int
    looks: int = 0  # how often animals were told of; 0 of an event that was kept before that was
    animals: int = 0  # in all of these
    heading_deg: float | None = None  # where they went when that was seen last
    herd_id: int | None = None
    is_changed: bool = False

    @property
    def camera(self) -> Camera:
        """Whose event it is: only this camera continues it."""
        return self.station_id, self.deployment_id, self.simulated

    def extend(self, sighting: Sighting) -> None:
        """Let it reach to the sighting."""
        if sighting.heading_deg is not None and (
            self.heading_deg is None or sighting.seen_at >= self.ended_at
        ):
            self.heading_deg = sighting.heading_deg
        if sighting.seen_at > self.ended_at:
            self.ended_at, self.is_changed = sighting.seen_at, True
        elif sighting.seen_at < self.started_at:
            self.started_at, self.is_changed = sighting.seen_at, True
        if sighting.elephants > self.count:
            self.count = sighting.elephants
        # A newer revision is another look, too: of the same animals, a moment later.
        self.looks += 1
        self.animals += sighting.elephants
        self.is_changed = True


class EventBook:
    """The events around a batch. `of_detections` says where earlier revisions belong."""

    def __init__(
        self, events: Iterable[OpenEvent], of_detections: Mapping[str, int], silence: timedelta
    ) -> None:
        self._silence = silence
        self._of_camera: dict[Camera, list[OpenEvent]] = {}
        for event in events:
            self._of_camera.setdefault(event.camera, []).append(event)
        by_id = {event.id: event for event in self.all}
        self.of_detection = {key: by_id[number] for key, number in of_detections.items()}

    @property
    def all(self) -> list[OpenEvent]:
        """Every event, old and new."""
        return [event for events in self._of_camera.values() for event in events]

    def adopt(self, event: OpenEvent) -> OpenEvent:
        """Take in another event; return the one that is kept of it: it may be known."""
        known = next(
            (each for each in self._of_camera.get(event.camera, ()) if each.id == event.id), None
        )
        if known is None:
            self._of_camera.setdefault(event.camera, []).append(event)
        return known or event

    def open_or_extend(self, sighting: Sighting) -> OpenEvent:
        """Return the event that the sighting belongs to, opened or extended by it."""
        event = self.of_detection.get(sighting.detection_id) or self._continued(sighting)
        if event is None:
            event = _opened_by(sighting)
            self._of_camera.setdefault(event.camera, []).append(event)
        else:
            event.extend(sighting)
        self.of_detection[sighting.detection_id] = event
        return event

    def _continued(self, sighting: Sighting) -> OpenEvent | None:
        camera = sighting.station_id, sighting.deployment_id, sighting.simulated
        return nearest_span(self._of_camera.get(camera, ()), sighting.seen_at, self._silence)


def is_new(known: dict[str, KnownDetection], sighting: Sighting, revision: int) -> bool:
    """Whether a detection, or its newer revision, was not known; it is from now on.

    The id made on the station decides, so any number of redeliveries in any order agree.

    Raises:
        ForeignDetectionError: the id is another station's, or a drill's and this is none.
    """
    before = known.get(sighting.detection_id)
    if before is None:
        known[sighting.detection_id] = KnownDetection(
            sighting.station_id,
            sighting.simulated,
            revision,
            sighting.historical,
            event_id=None,
            is_kept=False,
        )
        return True
    _refuse_strange(before, sighting)
    if revision <= before.revision:
        return False
    before.revision = revision
    before.historical &= sighting.historical  # what once was news stays so: its alert has rung
    return True


def _refuse_strange(known: KnownDetection, sighting: Sighting) -> None:
    if known.station_id != sighting.station_id:
        raise ForeignDetectionError(
            f"the detection {sighting.detection_id} was made by another station"
        )
    if known.simulated != sighting.simulated:
        raise ForeignDetectionError(
            f"the detection {sighting.detection_id} cannot change between drill and real"
        )


def _opened_by(sighting: Sighting) -> OpenEvent:
    return OpenEvent(
        id=None,
        site_id=sighting.site_id,
        station_id=sighting.station_id,
        deployment_id=sighting.deployment_id,
        simulated=sighting.simulated,
        position=sighting.position,
        started_at=sighting.seen_at,
        ended_at=sighting.seen_at,
        count=sighting.elephants,
        looks=1,
        animals=sighting.elephants,
        heading_deg=sighting.heading_deg,
    )
