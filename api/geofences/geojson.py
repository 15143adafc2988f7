"""Reading geofences that people drew: GeoJSON (RFC 7946), or a sentence on what is wrong."""

from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from shapely.geometry import LinearRing, Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.errors import InvalidError
from api.geofences.rules import is_sound
from api.position import Position, distance_m
from api.tables import AlertLevel
from api.text import PlainText

DEFAULT_BUFFER_M = 500.0
DEFAULT_WATCH_M = 1500.0
FARTHEST_RING_M = 50_000.0
FARTHEST_FROM_SITE_M = 300_000.0
MOST_FEATURES = 5000
MOST_POINTS = 10_000

Kind = Literal["village", "field", "school_way", "road", "railway"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
# GeoJSON's order is longitude, latitude; a third number (height) is allowed and dropped.
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Degrees], Field(min_length=2, max_length=3)]

Ring = Annotated[list[Point], Field(min_length=4, max_length=MOST_POINTS)]
Rings = Annotated[list[Ring], Field(min_length=1, max_length=100)]
Line = Annotated[list[Point], Field(min_length=2, max_length=MOST_POINTS)]


class PolygonArea(BaseModel):
    """An area with its outer ring and its holes."""

    type: Literal["Polygon"]
    coordinates: Rings


class LineArea(BaseModel):
    """A road or a fence line."""

    type: Literal["LineString"]
    coordinates: Line


class MultiPolygonArea(BaseModel):
    """Several areas that are one geofence, as map programs like to write even a single one."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Rings], Field(min_length=1, max_length=100)]


class MultiLineArea(BaseModel):
    """A road in several pieces."""

    type: Literal["MultiLineString"]
    coordinates: Annotated[list[Line], Field(min_length=1, max_length=100)]


class Hours(BaseModel):
    """When a geofence counts, by the site's clock; a night belongs to the day it begins on."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    from_: Annotated[Clock, Field(alias="from")]
    until: Clock


class Properties(BaseModel):
    """What a geofence is called, and how much head start its people want. New without `id`.

    `confidence` asks for surer sightings: `{"danger": 0.6}` makes of a doubtful one a warning.
    Without a `schedule` it counts always.
    """

    model_config = ConfigDict(extra="ignore")

    id: int | None = None
    name: Annotated[PlainText, Field(min_length=1, max_length=200)]
    kind: Kind = "village"
    buffer_m: Annotated[float, Field(ge=0, le=FARTHEST_RING_M)] = DEFAULT_BUFFER_M
    watch_m: Annotated[float, Field(ge=0, le=FARTHEST_RING_M)] = DEFAULT_WATCH_M
    confidence: dict[AlertLevel, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    schedule: Annotated[list[Hours], Field(max_length=50)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _rings_are_in_order(self) -> "Properties":
        if self.watch_m < self.buffer_m:
            raise ValueError("watch_m must not be smaller than buffer_m")
        return self


class Feature(BaseModel):
    """One geofence."""

    type: Literal["Feature"]
    geometry: Annotated[
        PolygonArea | LineArea | MultiPolygonArea | MultiLineArea, Field(discriminator="type")
    ]
    properties: Properties

    @property
    def area(self) -> dict[str, Any]:
        """The geometry as it is kept: without heights, a line or an area of one piece as just that.

        Outer rings go round against the clock, holes with it, as RFC 7946 has it.
        """
        kind, pieces = self.geometry.type.removeprefix("Multi"), self.pieces
        if kind == "Polygon":
            pieces = [_turned(rings) for rings in pieces]
        if len(pieces) == 1:
            return {"type": kind, "coordinates": pieces[0]}
        return {"type": f"Multi{kind}", "coordinates": pieces}

    @property
    def lines(self) -> list[list[list[float]]]:
        """Every line, or every ring of every area."""
        if "Line" in self.geometry.type:
            return self.pieces
        return list(chain.from_iterable(self.pieces))

    @property
    def pieces(self) -> list[Any]:
        """The lines, or the areas as lists of rings, without heights."""
        drawn: Any = self.geometry.coordinates
        several = drawn if self.geometry.type.startswith("Multi") else [drawn]
        if "Line" in self.geometry.type:
            return [_flat(line) for line in several]
        return [[_flat(ring) for ring in rings] for rings in several]


class FeatureCollection(BaseModel):
    """Several geofences."""

    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Field(max_length=MOST_FEATURES)]


def read_geojson(document: Any, site: Position) -> list[Feature]:
    """Read a FeatureCollection, or one Feature, drawn for a site at that place.

    Raises:
        InvalidError: names the feature and says in one sentence what is wrong with it.
    """
    features = _read(document).features
    for number, feature in enumerate(features, start=1):
        reason = _fault_of(feature, site)
        if reason is not None:
            raise InvalidError(f"geofence {number} ({feature.properties.name}): {reason}")
    return features


def _read(document: Any) -> FeatureCollection:
    if isinstance(document, dict) and document.get("type") == "Feature":
        document = {"type": "FeatureCollection", "features": [document]}
    try:
        return FeatureCollection.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise InvalidError(f"not GeoJSON of polygons and lines: {where}: {first['msg']}") from error


def _fault_of(feature: Feature, site: Position) -> str | None:
    for longitude, latitude in chain.from_iterable(feature.lines):
        if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
            return (
                f"({longitude}, {latitude}) is no place; GeoJSON wants longitude first, "
                "then latitude"
            )
    # What lies around the 180th meridian is whole again seen from the site.
    area = shape(_seen_from(site, feature.area))
    # Each by itself: parts may touch, as those that were cut at that meridian do.
    parts = getattr(area, "geoms", [area])
    faults = (fault for part in parts if (fault := _shapeless(part)) is not None)
    return _unclosed(feature) or next(faults, None) or _elsewhere(area, site)


def _unclosed(feature: Feature) -> str | None:
    if "Line" in feature.geometry.type:
        return None
    for ring in feature.lines:
        if ring[0] != ring[-1]:
            return "the ring is not closed; its last point must be its first again"
    return None


def _shapeless(area: BaseGeometry) -> str | None:
    if isinstance(area, Polygon) and area.convex_hull.area <= 0:
        return "it has no area: all its corners lie on a line"
    reason = is_sound(area)
    if reason is None:
        return None
    return next((said for word, said in _IN_WORDS if word in reason), reason)


# What shapely says, and what people need to know.
_IN_WORDS = (
    ("Self-intersection", "its outline crosses itself; draw its corners in their order"),
    ("Ring Self", "its outline touches itself"),
    ("Hole lies outside", "a hole lies outside of its area"),
    ("Holes are nested", "a hole lies within another"),
    ("Interior is disconnected", "its holes cut it into pieces; draw these as areas of their own"),
)


def _elsewhere(area: BaseGeometry, site: Position) -> str | None:
    middle = area.centroid
    centre = Position(middle.y, middle.x)
    far_m = distance_m(centre, site)
    if far_m <= FARTHEST_FROM_SITE_M:
        return None
    if abs(centre.longitude) <= 90:
        turned = Position(centre.longitude, centre.latitude)
        if distance_m(turned, site) <= FARTHEST_FROM_SITE_M:
            return "longitude and latitude are swapped; GeoJSON wants longitude first"
    return f"it lies {far_m / 1000:,.0f} km from the site"


def _seen_from(site: Position, area: dict[str, Any]) -> dict[str, Any]:
    """Return an area with all longitudes within half a turn of the site's."""

    def turned(part: Any) -> Any:
        if isinstance(part[0], list):
            return [turned(each) for each in part]
        return [site.longitude + (part[0] - site.longitude + 180) % 360 - 180, part[1]]

    return {"type": area["type"], "coordinates": turned(area["coordinates"])}


def _turned(rings: list[Any]) -> list[Any]:
    return [
        ring if LinearRing(ring).is_ccw == (number == 0) else ring[::-1]
        for number, ring in enumerate(rings)
    ]


def _flat(points: list[list[float]]) -> list[list[float]]:
    return [point[:2] for point in points]
