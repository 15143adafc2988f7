"""Geofences and the map over HTTP."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel

from api.dependencies import Now, Settings, SignedIn, Transaction, require
from api.geofences import store
from api.geofences.geojson import Hours, read_geojson
from api.geofences.history import drawn, note_drawn
from api.herds.routes import herd_views
from api.herds.store import herds_since
from api.herds.view import HerdView
from api.people.rules import at_least
from api.position import Position
from api.sites.store import site_of
from api.stations.store import stations_of
from api.tables import AlertLevel, Geofence, Person, Role, Station
from api.text import LARGEST_ID
from api.tiles.view import TilesView, tiles_view

router = APIRouter(tags=["map"])

PATHS_GO_BACK = timedelta(hours=24)


class GeofenceProperties(BaseModel):
    """What a geofence is called, its rings, and whether the person follows it."""

    id: int
    name: str
    kind: str
    buffer_m: float
    watch_m: float
    confidence: dict[AlertLevel, float]
    schedule: list[Hours]
    followed: bool


class GeofenceFeature(BaseModel):
    """One geofence as GeoJSON; coordinates are longitude, latitude."""

    type: Literal["Feature"] = "Feature"
    id: int
    geometry: dict[str, Any]
    properties: GeofenceProperties


class GeofenceCollection(BaseModel):
    """A site's geofences as GeoJSON."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[GeofenceFeature]


class StationOnMap(BaseModel):
    """Where a station is, and whether it is there."""

    id: str
    name: str
    latitude: float
    longitude: float
    state: str


class MapView(BaseModel):
    """Everything that lies on the map."""

    geofences: GeofenceCollection
    stations: list[StationOnMap]
    herds: list[HerdView]
    tiles: TilesView | None  # pictures of the land, if the site has any


@router.get("/map")
async def show_map(session: Transaction, settings: Settings, person: SignedIn, now: Now) -> MapView:
    """Return geofences, herds (see `/herds`), and for rangers and above the stations."""
    is_exact = at_least(Role(person.role), Role.RANGER)
    stations = await stations_of(session, person.site_id) if is_exact else []
    herds = await herds_since(session, person.site_id, now - PATHS_GO_BACK)
    return MapView(
        geofences=await _geofences(session, person),
        stations=[_station(station) for station in stations],
        herds=await herd_views(session, person, herds, now),
        tiles=tiles_view(settings, person.site_id),
    )


@router.get("/geofences")
async def list_geofences(session: Transaction, person: SignedIn) -> GeofenceCollection:
    """Return the site's geofences as GeoJSON, which `PUT` reads again: an export, and an import."""
    return await _geofences(session, person)


@router.put("/geofences")
async def put_geofences(
    session: Transaction,
    person: Annotated[Person, require(Role.OPERATOR)],
    document: Annotated[Any, Body()],
    now: Now,
) -> GeofenceCollection:
    """Add or change geofences from GeoJSON; those that are not named stay as they are."""
    site = await site_of(session, person.site_id)
    features = read_geojson(document, Position(site.latitude, site.longitude))
    before = await drawn(session, person.site_id)
    await store.put(session, person.site_id, features)
    await note_drawn(session, person, before, now)
    return await _geofences(session, person)


@router.delete("/geofences/{geofence_id}", status_code=204)
async def remove_geofence(
    geofence_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    session: Transaction,
    person: Annotated[Person, require(Role.OPERATOR)],
    now: Now,
) -> None:
    """Take a geofence off the map. Its alerts and their proof are kept."""
    before = await drawn(session, person.site_id)
    await store.remove(session, person.site_id, geofence_id, now)
    await note_drawn(session, person, before, now)


async def _geofences(session: Transaction, person: Person) -> GeofenceCollection:
    followed = await store.followed_by(session, person.id)
    geofences = await store.of_site(session, person.site_id)
    return GeofenceCollection(features=[_feature(one, followed) for one in geofences])


def _feature(geofence: Geofence, followed: frozenset[int]) -> GeofenceFeature:
    properties = GeofenceProperties(
        id=geofence.id,
        name=geofence.name,
        kind=geofence.kind,
        buffer_m=geofence.buffer_m,
        watch_m=geofence.watch_m,
        confidence=geofence.confidence,
        schedule=geofence.schedule or [],
        followed=geofence.id in followed,
    )
    return GeofenceFeature(id=geofence.id, geometry=geofence.area, properties=properties)


def _station(station: Station) -> StationOnMap:
    return StationOnMap(
        id=station.name_id,
        name=station.name,
        latitude=station.latitude,
        longitude=station.longitude,
        state=station.state,
    )
