from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LinearRing, shape

from api.errors import InvalidError
from api.geofences.geojson import read_geojson
from api.geofences.rules import Fence, approach
from api.position import Position
from tests.api.world import VALLEY, place, square


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    named = {"name": "Guanping"} | properties
    return {"type": "Feature", "geometry": geometry, "properties": named}


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": [list(map(list, ring))]})


def ring_in_ring(hole_at_m: float, half_m: float) -> dict[str, Any]:
    area = square(0, 0)
    area["coordinates"].append(square(hole_at_m, 0, half_m)["coordinates"][0])
    return area


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
        (feature(square(0, 0), confidence={"danger": 1.5}), "confidence"),
        (feature(square(0, 0), confidence={"peril": 0.5}), "confidence"),
        (feature(square(0, 0), schedule=[{"days": [], "from": "06:00", "until": "8"}]), "schedule"),
        (polygon((100, 21), (100.1, 21), (100.2, 21), (100, 21)), "no area"),
        (feature(ring_in_ring(300, 100)), "hole lies outside"),
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


def test_a_hole_is_kept_and_rings_go_round_as_the_standard_says() -> None:
    (read,) = read_geojson(feature(ring_in_ring(0, 30)), VALLEY)

    outer, hole = read.area["coordinates"]
    assert LinearRing(outer).is_ccw
    assert not LinearRing(hole).is_ccw
    assert shape(read.area).area == pytest.approx(shape(ring_in_ring(0, 30)).area)


def test_a_map_program_s_single_multipolygon_is_a_polygon() -> None:
    area = {"type": "MultiPolygon", "coordinates": [square(0, 0)["coordinates"]]}

    (read,) = read_geojson(feature(area), VALLEY)

    assert read.area == square(0, 0)


def test_a_village_in_two_parts_is_one_geofence_near_from_both() -> None:
    parts = [square(0, 0)["coordinates"], square(3000, 0)["coordinates"]]
    (read,) = read_geojson(feature({"type": "MultiPolygon", "coordinates": parts}), VALLEY)

    near = [
        approach(place(east_m, 0), Fence(1, read.area, 500, 1500), people_beside=False)
        for east_m in (300, 2700)
    ]

    assert [round(each.distance_m) for each in near if each is not None] == [200, 200]


def test_a_village_across_the_180th_meridian_is_read_as_one_or_as_two() -> None:
    site = Position(-16.995, 179.99)
    west, east = (
        [[179.995, -17], [180, -17], [180, -16.99], [179.995, -16.99], [179.995, -17]],
        [
            [-180, -17],
            [-179.995, -17],
            [-179.995, -16.99],
            [-180, -16.99],
            [-180, -17],
        ],
    )
    whole = [[179.995, -17], [-179.995, -17], [-179.995, -16.99], [179.995, -16.99], [179.995, -17]]

    for area in (
        {"type": "Polygon", "coordinates": [whole]},
        {"type": "MultiPolygon", "coordinates": [[west], [east]]},
    ):
        (read,) = read_geojson(feature(area), site)
        found = approach(
            Position(-16.995, -179.99), Fence(1, read.area, 600, 1500), people_beside=False
        )
        assert found is not None
        assert found.distance_m == pytest.approx(532, abs=5)


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
