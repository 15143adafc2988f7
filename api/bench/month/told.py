"""What is told of a month, to whom, and what came of it: shared by the ways of telling it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api.bench.month.glimpse import Glimpse
from api.bench.month.landscape import Village, on_earth
from api.events.rules import Timings
from api.geofences.rules import Fence, nearby
from api.herds import forecast
from api.herds.rules import Path, course_of
from api.position import Position
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage

SITE_ID = "month"
ASKED_EVERY = timedelta(minutes=10)
HORIZON = Timings().alert_horizon
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What was said of a herd after a sighting: areas, and arrivals by village."""

    glimpse: Glimpse
    areas: tuple[forecast.Whereabouts, ...]
    arrivals: dict[int, forecast.Arrival]


@dataclass(slots=True)
class Told:
    """What the server made of a month. Glimpses, villages and passages by their numbers."""

    herd_of: dict[int, int] = field(default_factory=dict)  # by glimpse
    alerts: list[tuple[Glimpse, int, datetime]] = field(default_factory=list)  # village, raised_at
    within: dict[int, list[int]] = field(default_factory=dict)  # by glimpse: villages in whose ring
    foretold: list[Foretold] = field(default_factory=list)


class Asking:
    """Asks once in a while what is foretold, and whom one rule for each detection would ring."""

    def __init__(self, told: Told, fences: Sequence[Fence]) -> None:
        self._told = told
        self._fences = fences
        self._asked: dict[int | None, datetime] = {}

    def note_rings(self, number: int, glimpse: Glimpse, here: Position) -> None:
        """Note in whose ring a glimpse is, if it is news."""
        if glimpse.arrives_at - glimpse.at <= HORIZON:
            self._told.within[number] = [
                near.fence.geofence_id
                for near in nearby(here, self._fences)
                if near.distance_m <= near.fence.watch_m
            ]

    def is_due(self, glimpse: Glimpse) -> bool:
        """Whether it is time to ask again what the herd of this glimpse will do."""
        if abs(glimpse.at - self._asked.get(glimpse.passage, NEVER)) < ASKED_EVERY:
            return False
        self._asked[glimpse.passage] = glimpse.at
        return True

    def note_forecast(
        self, glimpse: Glimpse, position: Position, path: Path, seen_at: datetime, pace: float
    ) -> None:
        """Note what a person would be shown of the herd right after a glimpse."""
        course, now = course_of(path), glimpse.arrives_at
        arrivals = {
            near.fence.geofence_id: coming
            for near in nearby(position, self._fences, within_m=forecast.FARTHEST_M)
            if (
                coming := forecast.arrival(
                    near.distance_m, near.towards_deg, course, seen_at, now, pace
                )
            )
        }
        areas = forecast.whereabouts(position, seen_at, course, now, pace)
        self._told.foretold.append(Foretold(glimpse, tuple(areas), arrivals))


def message_of(glimpse: Glimpse, looks_deg: float | None) -> DetectionMessage:
    """Return what a station would say of a glimpse whose camera looks that way, if it knows."""
    box = (0.2, 0.3, 0.4, 0.4)
    animal = {"label": "elephant", "confidence": round(glimpse.confidence, 3), "box": box}
    said: dict[str, Any] = {
        "id": uuid7(),
        "deployment_id": f"c{glimpse.camera}-1",
        "captured_at": glimpse.at,
        "sent_at": glimpse.arrives_at,
        "lighting": "night_ir",
        "release": "month",
        "threshold": 0.4,
        "animals": [animal | {"moving": side} for side in glimpse.moving]
        + [animal] * (glimpse.count - len(glimpse.moving)),
        "looks_deg": looks_deg,
    }
    return DetectionMessage.model_validate(said)


def fence_of(number: int, village: Village) -> Fence:
    """Return the fence around a village."""
    east, north = village.half_east_m, village.half_north_m
    corners = ((-east, -north), (east, -north), (east, north), (-east, north), (-east, -north))
    ring = [on_earth((village.middle[0] + x, village.middle[1] + y)) for x, y in corners]
    area = {"type": "Polygon", "coordinates": [[[p.longitude, p.latitude] for p in ring]]}
    return Fence(number, area, buffer_m=500, watch_m=1500)
