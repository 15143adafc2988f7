"""Geofences and the map over HTTP."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel

from api.dependencies import Now, Settings, SignedIn, Transaction, require
from api.geofences import store
from api.geofences.geojson import read_geojson
from api.herds.store import PathPoint, paths_since
from api.people.rules import at_least
from api.position import Position, blurred
from api.sites.store import site_of
from api.stations.store import stations_of
from api.tables import Geofence, Person, Role, Station
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


class PathPointView(BaseModel):
    """Where a herd was; the centre of a cell for villagers."""

    latitude: float
    longitude: float
    at: datetime


class HerdOnMap(BaseModel):
    """The way of a herd during the last day, oldest point first."""

    id: int
    simulated: bool
    path: list[PathPointView]


class MapView(BaseModel):
    """Everything that lies on the map."""

    geofences: GeofenceCollection
    stations: list[StationOnMap]
    herds: list[HerdOnMap]
    tiles: TilesView | None  # pictures of the land, if the site has any


@router.get("/map")
async def show_map(session: Transaction, settings: Settings, person: SignedIn, now: Now) -> MapView:
    """Return geofences, herds, and for rangers and above the stations."""
    is_exact = at_least(Role(person.role), Role.RANGER)
    stations = await stations_of(session, person.site_id) if is_exact else []
    points = await paths_since(session, person.site_id, now - PATHS_GO_BACK)
    return MapView(
        geofences=await _geofences(session, person),
        stations=[_station(station) for station in stations],
        herds=_herds(points, is_exact=is_exact),
        tiles=tiles_view(settings, person.site_id),
    )


@router.get("/geofences")
async def list_geofences(session: Transaction, person: SignedIn) -> GeofenceCollection:
    """Return the site's geofences."""
    return await _geofences(session, person)


@router.put("/geofences")
async def put_geofences(
    session: Transaction,
    person: Annotated[Person, require(Role.OPERATOR)],
    document: Annotated[Any, Body()],
) -> GeofenceCollection:
    """Add or change geofences from GeoJSON; those that are not named stay as they are."""
    site = await site_of(session, person.site_id)
    features = read_geojson(document, Position(site.latitude, site.longitude))
    await store.put(session, person.site_id, features)
    return await _geofences(session, person)


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


def _herds(points: Iterable[PathPoint], *, is_exact: bool) -> list[HerdOnMap]:
    herds: dict[int, HerdOnMap] = {}
    for point in points:
        known = herds.get(point.herd_id)
        if known is None:
            known = HerdOnMap(id=point.herd_id, simulated=point.simulated, path=[])
            herds[point.herd_id] = known
        _walk(known.path, point, is_exact=is_exact)
    return list(herds.values())


def _walk(path: list[PathPointView], point: PathPoint, *, is_exact: bool) -> None:
    shown = point.position if is_exact else blurred(point.position)
    path.append(PathPointView(latitude=shown.latitude, longitude=shown.longitude, at=point.at))
