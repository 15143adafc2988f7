from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidError
from api.geofences.geojson import read_geojson
from api.position import Position
from tests.api.world import VALLEY, square


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    named = {"name": "Guanping"} | properties
    return {"type": "Feature", "geometry": geometry, "properties": named}


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": [list(map(list, ring))]})


def swapped() -> dict[str, Any]:
    ring = square(0, 0)["coordinates"][0]
    return polygon(*[(latitude, longitude) for longitude, latitude in ring])


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (swapped(), "longitude first"),
        (polygon((100, 21), (100.1, 21), (100.1, 21.1), (100, 21.1)), "not closed"),
        (polygon((100, 21), (101, 22), (101, 21), (100, 22), (100, 21)), "crosses"),
        (polygon((10, 51), (10.1, 51), (10.1, 51.1), (10, 51)), "km from the site"),
        (polygon((100, 21), (100.1, 21), (100, 21)), "4 items"),
        (feature(square(0, 0), buffer_m=900, watch_m=100), "watch_m must not be smaller"),
        (feature(square(0, 0), buffer_m=-1), "buffer_m"),
        (feature(square(0, 0), kind="castle"), "kind"),
        (feature({"type": "Point", "coordinates": [100, 21]}), "Point"),
        (feature({"type": "LineString", "coordinates": [[100, 21], [100, 21]]}), "no length"),
        ({"type": "FeatureCollection"}, "features"),
        ([], "GeoJSON"),
    ],
)
def test_a_wrong_drawing_is_refused_with_its_reason(document: Any, sentence: str) -> None:
    with pytest.raises(InvalidError, match=sentence):
        read_geojson(document, VALLEY)


def test_swapped_coordinates_are_found_even_where_both_are_possible() -> None:
    document = polygon((21.0, 36.0), (21.1, 36.0), (21.1, 36.1), (21.0, 36.0))

    with pytest.raises(InvalidError, match="swapped"):
        read_geojson(document, Position(21.0, 36.0))


def test_heights_are_allowed_and_dropped() -> None:
    ring = [[*point, 812.5] for point in square(0, 0)["coordinates"][0]]

    (read,) = read_geojson(feature({"type": "Polygon", "coordinates": [ring]}), VALLEY)

    assert read.area == square(0, 0)


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json)
def test_any_json_is_read_or_refused(document: Any) -> None:
    with suppress(InvalidError):
        read_geojson(document, VALLEY)


@given(st.lists(st.lists(st.floats(), min_size=2, max_size=3), max_size=8))
def test_any_ring_is_read_or_refused(ring: list[list[float]]) -> None:
    document = feature({"type": "Polygon", "coordinates": [[*ring, *ring[:1]]]})
    with suppress(InvalidError):
        read_geojson(document, VALLEY)
