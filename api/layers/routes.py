"""GeoJSON (RFC 7946) of herds and alerts: exact for rangers and above, blurred for all others."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from shapely.geometry import Polygon, mapping, shape
from shapely.geometry.polygon import orient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Now, SignedIn, Transaction
from api.people.rules import at_least
from api.position import (
    BLURRED_UNCERTAINTY_M,
    EXACT_UNCERTAINTY_M,
    Position,
    blurred,
    blurred_bearing_deg,
    blurred_distance_m,
)
from api.tables import Alert, Geofence, Herd, Person, Role

router = APIRouter(tags=["open to others"])
MOST = 500
Hours = Annotated[int, Query(ge=1, le=24 * 31, description="How far back to go.")]


class GeoJson(JSONResponse):
    """JSON of places."""

    media_type = "application/geo+json"


class LayerFeature(BaseModel):
    """One thing on a map; coordinates are longitude, latitude."""

    type: Literal["Feature"] = "Feature"
    id: int | str
    geometry: dict[str, Any]
    properties: dict[str, Any]


class Layer(BaseModel):
    """What a map of somebody else's shows."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[LayerFeature]


@router.get("/layers/herds.geojson", response_class=GeoJson)
async def herds(session: Transaction, person: SignedIn, now: Now, hours: Hours = 24) -> Layer:
    """Return where herds of the person's site were seen last: a point each."""
    wanted = (
        select(Herd)
        .where(Herd.site_id == person.site_id, Herd.last_seen_at >= now - timedelta(hours=hours))
        .order_by(Herd.last_seen_at.desc())
        .limit(MOST)
    )
    is_exact = at_least(Role(person.role), Role.RANGER)
    rows = await session.scalars(wanted)
    return Layer(features=[_herd(row, is_exact=is_exact) for row in rows])


@router.get("/layers/alerts.geojson", response_class=GeoJson)
async def alerts(session: Transaction, person: SignedIn, now: Now, hours: Hours = 24) -> Layer:
    """Return the alerts of the person's site: the areas that were warned, never the animals."""
    since = now - timedelta(hours=hours)
    rows = await _alerts_since(session, person, since)
    is_exact = at_least(Role(person.role), Role.RANGER)
    return Layer(features=[_alert(row, fence, is_exact=is_exact) for row, fence in rows])


async def _alerts_since(
    session: AsyncSession, person: Person, since: datetime
) -> Iterable[tuple[Alert, Geofence]]:
    wanted = (
        select(Alert, Geofence)
        .join(Geofence, Geofence.id == Alert.geofence_id)
        .where(Alert.site_id == person.site_id, Alert.changed_at >= since)
        .order_by(Alert.changed_at.desc())
        .limit(MOST)
    )
    return [(row.Alert, row.Geofence) for row in await session.execute(wanted)]


def _herd(row: Herd, *, is_exact: bool) -> LayerFeature:
    exact = Position(row.latitude, row.longitude)
    shown = exact if is_exact else blurred(exact)
    return LayerFeature(
        id=row.id,
        geometry={"type": "Point", "coordinates": [shown.longitude, shown.latitude]},
        properties={
            "count": row.count,
            "first_seen_at": row.first_seen_at,
            "last_seen_at": row.last_seen_at,
            "uncertainty_m": EXACT_UNCERTAINTY_M if is_exact else BLURRED_UNCERTAINTY_M,
            "simulated": row.simulated,
        },
    )


def _alert(row: Alert, fence: Geofence, *, is_exact: bool) -> LayerFeature:
    distance, bearing = row.distance_m, row.bearing_deg
    return LayerFeature(
        id=row.id,
        geometry=right_handed(fence.area),
        properties={
            "geofence": fence.name,
            "level": row.level,
            "state": row.state,
            "count": row.count,
            "distance_m": round(distance, 1) if is_exact else blurred_distance_m(distance),
            "bearing_deg": round(bearing, 1) if is_exact else blurred_bearing_deg(bearing),
            "raised_at": row.raised_at,
            "captured_at": row.captured_at,
            "ended_at": row.ended_at,
            "simulated": row.simulated,
        },
    )


def right_handed(area: dict[str, Any]) -> dict[str, Any]:
    """Return an area with its rings turned as RFC 7946 wants: outside anticlockwise."""
    found = shape(area)
    if not isinstance(found, Polygon):
        return area
    turned = mapping(orient(found))
    rings = [[list(point) for point in ring] for ring in turned["coordinates"]]
    return {"type": "Polygon", "coordinates": rings}
