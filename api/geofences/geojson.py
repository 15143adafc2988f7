"""Reading geofences that people drew: GeoJSON (RFC 7946), or a sentence on what is wrong."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from shapely.geometry import shape

from api.errors import InvalidError
from api.geofences.rules import centre_of, is_sound
from api.position import Position, distance_m
from api.text import PlainText

DEFAULT_BUFFER_M = 500.0
DEFAULT_WATCH_M = 1500.0
FARTHEST_RING_M = 50_000.0
FARTHEST_FROM_SITE_M = 300_000.0
MOST_FEATURES = 5000
MOST_POINTS = 10_000

Kind = Literal["village", "road", "field"]
# GeoJSON's order is longitude, latitude; a third number (height) is allowed and dropped.
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Degrees], Field(min_length=2, max_length=3)]


class PolygonArea(BaseModel):
    """An area with its outer ring and its holes."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[Annotated[list[Point], Field(min_length=4, max_length=MOST_POINTS)]],
        Field(min_length=1, max_length=100),
    ]


class LineArea(BaseModel):
    """A road or a fence line."""

    type: Literal["LineString"]
    coordinates: Annotated[list[Point], Field(min_length=2, max_length=MOST_POINTS)]


class Properties(BaseModel):
    """What a geofence is called and how much head start its people want. Without `id` it is new."""

    model_config = ConfigDict(extra="ignore")

    id: int | None = None
    name: Annotated[PlainText, Field(min_length=1, max_length=200)]
    kind: Kind = "village"
    buffer_m: Annotated[float, Field(ge=0, le=FARTHEST_RING_M)] = DEFAULT_BUFFER_M
    watch_m: Annotated[float, Field(ge=0, le=FARTHEST_RING_M)] = DEFAULT_WATCH_M

    @model_validator(mode="after")
    def _rings_are_in_order(self) -> "Properties":
        if self.watch_m < self.buffer_m:
            raise ValueError("watch_m must not be smaller than buffer_m")
        return self


class Feature(BaseModel):
    """One geofence."""

    type: Literal["Feature"]
    geometry: Annotated[PolygonArea | LineArea, Field(discriminator="type")]
    properties: Properties

    @property
    def area(self) -> dict[str, Any]:
        """The geometry as it is kept, without heights."""
        if isinstance(self.geometry, LineArea):
            flat: Any = [point[:2] for point in self.geometry.coordinates]
        else:
            flat = [[point[:2] for point in ring] for ring in self.geometry.coordinates]
        return {"type": self.geometry.type, "coordinates": flat}


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
    for longitude, latitude in _points(feature.area):
        if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
            return (
                f"({longitude}, {latitude}) is no place; GeoJSON wants longitude first, "
                "then latitude"
            )
    return _unclosed(feature) or _shapeless(feature) or _elsewhere(feature, site)


def _points(area: dict[str, Any]) -> list[list[float]]:
    if area["type"] == "LineString":
        return list(area["coordinates"])
    return [point for ring in area["coordinates"] for point in ring]


def _unclosed(feature: Feature) -> str | None:
    if isinstance(feature.geometry, LineArea):
        return None
    for ring in feature.geometry.coordinates:
        if ring[0][:2] != ring[-1][:2]:
            return "the ring is not closed; its last point must be its first again"
    return None


def _shapeless(feature: Feature) -> str | None:
    reason = is_sound(shape(feature.area))
    return None if reason is None else f"the outline crosses or touches itself: {reason}"


def _elsewhere(feature: Feature, site: Position) -> str | None:
    centre = centre_of(feature.area)
    far_m = distance_m(centre, site)
    if far_m <= FARTHEST_FROM_SITE_M:
        return None
    if abs(centre.longitude) <= 90:
        turned = Position(centre.longitude, centre.latitude)
        if distance_m(turned, site) <= FARTHEST_FROM_SITE_M:
            return "longitude and latitude are swapped; GeoJSON wants longitude first"
    return f"it lies {far_m / 1000:,.0f} km from the site"
