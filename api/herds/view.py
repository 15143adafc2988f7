"""A herd as one person may see it: its way, where it can be soon, and when it may come to whom."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel

from api.geofences.fence_map import FenceMap
from api.herds import forecast
from api.herds.rules import OVER_AFTER, Course, course_of
from api.herds.store import PathPoint, read_path
from api.position import (
    BLURRED_UNCERTAINTY_M,
    Position,
    blurred,
    blurred_bearing_deg,
    blurred_distance_m,
)
from api.tables import Herd

OUT_OF_SIGHT_AFTER = timedelta(minutes=30)
BLURRED_STEP = timedelta(minutes=5)


class HerdState(StrEnum):
    """Whether a herd is being followed."""

    WALKING = "walking"
    OUT_OF_SIGHT = "out_of_sight"
    ENDED = "ended"  # nobody saw it for hours: nothing is foretold, and the next is another


class PathPointView(BaseModel):
    """Where a herd was; the centre of a cell for villagers."""

    latitude: float
    longitude: float
    at: datetime


class AreaView(BaseModel):
    """A GeoJSON Polygon; coordinates are longitude, latitude."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: list[list[list[float]]]


class WhereaboutsView(BaseModel):
    """The area in which the herd is so many minutes from now, with 80 %."""

    after_min: int
    at: datetime
    area: AreaView


class GeofenceName(BaseModel):
    """Which geofence."""

    id: int
    name: str


class ArrivalView(BaseModel):
    """When the herd comes to a geofence if it does: with 80 % from the earliest to the latest.

    `chance` is that it comes at all, from 0 to 1.
    """

    geofence: GeofenceName
    distance_m: float
    chance: float
    earliest_at: datetime
    likely_at: datetime
    latest_at: datetime


class HerdView(BaseModel):
    """A herd. `heading_deg` (0 north) and `speed_m_per_s` are null while nobody can tell.

    Unless it is told in full, forecast and arrivals are empty: ask for that herd alone.
    """

    id: int
    simulated: bool
    state: HerdState
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    heading_deg: float | None
    speed_m_per_s: float | None
    path: list[PathPointView]
    in_full: bool
    forecast: list[WhereaboutsView]
    arrivals: list[ArrivalView]


def state_of(last_seen_at: datetime, now: datetime) -> HerdState:
    """Return whether a herd that was seen last then is being followed."""
    if now - last_seen_at > OVER_AFTER:
        return HerdState.ENDED
    return HerdState.OUT_OF_SIGHT if now - last_seen_at > OUT_OF_SIGHT_AFTER else HerdState.WALKING


def herd_view(
    herd: Herd,
    points: Sequence[PathPoint],
    fences: FenceMap,
    names: Mapping[int, GeofenceName],
    now: datetime,
    *,
    is_exact: bool,
    in_full: bool = True,
    pace: float = 1.0,
) -> HerdView:
    """Return a herd as somebody may see it who may know exact places, or may not.

    `fences` tells of all within `forecast.FARTHEST_M`. Unless `in_full`, nothing is foretold.
    `pace` is how many times as fast as usual the herds of its site walk.
    """
    course = course_of(read_path(herd.path))
    state = state_of(herd.last_seen_at, now)
    is_foretold = in_full and state is not HerdState.ENDED
    arrivals = _arrivals(herd, course, fences, names, now, pace) if is_foretold else []
    shown = course if is_exact or course is None else _blurred_course(course)
    return HerdView(
        id=herd.id,
        simulated=herd.simulated,
        state=state,
        count=herd.count,
        first_seen_at=herd.first_seen_at,
        last_seen_at=herd.last_seen_at,
        heading_deg=round(shown.heading_deg, 1) if shown is not None else None,
        speed_m_per_s=round(course.speed_m_per_s, 2) if is_exact and course is not None else None,
        path=_path(points, is_exact=is_exact),
        in_full=in_full,
        forecast=_forecast(herd, shown, now, pace, is_exact=is_exact) if is_foretold else [],
        arrivals=arrivals if is_exact else [_blurred_arrival(each) for each in arrivals],
    )


def _path(points: Sequence[PathPoint], *, is_exact: bool) -> list[PathPointView]:
    shown = [
        (point.position if is_exact else blurred(point.position), point.at) for point in points
    ]
    return [
        PathPointView(latitude=place.latitude, longitude=place.longitude, at=at)
        for place, at in shown
    ]


def _forecast(
    herd: Herd, course: Course | None, now: datetime, pace: float, *, is_exact: bool
) -> list[WhereaboutsView]:
    exact = Position(herd.latitude, herd.longitude)
    found = forecast.whereabouts(
        exact if is_exact else blurred(exact),
        herd.last_seen_at,
        course,
        now,
        pace,
        blur_m=0.0 if is_exact else BLURRED_UNCERTAINTY_M,
    )
    return [
        WhereaboutsView(
            after_min=each.after // timedelta(minutes=1),
            at=each.at,
            area=AreaView.model_construct(coordinates=each.area["coordinates"]),  # made here
        )
        for each in found
    ]


def _arrivals(
    herd: Herd,
    course: Course | None,
    fences: FenceMap,
    names: Mapping[int, GeofenceName],
    now: datetime,
    pace: float,
) -> list[ArrivalView]:
    position = Position(herd.latitude, herd.longitude)
    found = [
        _arrival(names[near.fence.geofence_id], near.distance_m, coming)
        for near in fences.nearby(position)
        if (
            coming := forecast.arrival(
                near.distance_m, near.towards_deg, course, herd.last_seen_at, now, pace
            )
        )
    ]
    return sorted(found, key=lambda each: (-each.chance, each.likely_at))


def _arrival(geofence: GeofenceName, distance_m: float, coming: forecast.Arrival) -> ArrivalView:
    return ArrivalView(
        geofence=geofence,
        distance_m=round(distance_m, 1),
        chance=round(coming.chance, 2),
        earliest_at=coming.earliest_at,
        likely_at=coming.likely_at,
        latest_at=coming.latest_at,
    )


def _blurred_course(course: Course) -> Course:
    return Course(blurred_bearing_deg(course.heading_deg), course.speed_m_per_s)


def _blurred_arrival(arrival: ArrivalView) -> ArrivalView:
    """From exact times at three villages anybody could work out the place: round, outwards."""
    changes: dict[str, Any] = {
        "distance_m": blurred_distance_m(arrival.distance_m),
        "chance": round(arrival.chance, 1),
        "earliest_at": _rounded(arrival.earliest_at, up=False),
        "likely_at": _rounded(arrival.likely_at, up=False),
        "latest_at": _rounded(arrival.latest_at, up=True),
    }
    return arrival.model_copy(update=changes)


def _rounded(moment: datetime, *, up: bool) -> datetime:
    steps = moment.timestamp() / BLURRED_STEP.total_seconds()
    whole = math.ceil(steps) if up else math.floor(steps)
    return datetime.fromtimestamp(whole * BLURRED_STEP.total_seconds(), moment.tzinfo)
