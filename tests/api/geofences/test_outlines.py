from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from api.geofences.outlines import LINE_HALF_WIDTH_M, Outlines
from api.position import LocalPlane, Position
from tests.api.world import place

metres = st.floats(-4000, 4000).map(round)
sizes = st.floats(20, 2000).map(round)


def ring(middle: Position, half_m: float) -> list[list[float]]:
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return [spelt(place(x * half_m, y * half_m, middle)) for x, y in corners]


def spelt(position: Position) -> list[float]:
    return [(position.longitude + 180) % 360 - 180, position.latitude]


@st.composite
def areas(draw: st.DrawFn, middle: Position) -> dict[str, Any]:
    there = place(draw(metres), draw(metres), middle)
    kind = draw(st.sampled_from(["Polygon", "MultiPolygon", "LineString", "MultiLineString"]))
    if kind.endswith("Polygon"):
        half_m = draw(sizes)
        rings = [ring(there, half_m), ring(there, half_m * draw(st.floats(0.2, 0.8)))]
        beside = [ring(place(3 * half_m, half_m, there), half_m)]
        return {"type": kind, "coordinates": [rings, beside] if kind[0] == "M" else rings}
    ways = [
        [spelt(place(draw(metres), draw(metres), there)) for _ in range(4)] + [spelt(there)]
        for _ in range(2)
    ]
    return {"type": kind, "coordinates": ways if kind[0] == "M" else ways[0]}


@given(st.data(), st.floats(-70, 70), st.sampled_from([0.0, 100.86, 179.99, -179.99]))
def test_arrays_measure_as_the_shapes_on_a_plane_do(
    data: st.DataObject, latitude: float, longitude: float
) -> None:
    here = Position(latitude, longitude)
    plane = LocalPlane(here)
    shapes = [shape(each) for each in data.draw(st.lists(areas(here), min_size=1, max_size=4))]
    which = np.array(data.draw(st.permutations(range(len(shapes)))))

    found = Outlines(shapes).measure(here, which)

    for at, number in enumerate(which):
        flat = shapely.transform(
            shapes[number],
            lambda points: np.column_stack(plane.to_metres(points[:, 0], points[:, 1])),
        )
        wide = LINE_HALF_WIDTH_M if "Line" in flat.geom_type else 0.0
        metres_there = flat.distance(Point(0, 0))
        assert found.distance_m[at] == pytest.approx(max(0.0, metres_there - wide), abs=1e-3)
        if metres_there > 1:
            # There may be two nearest points: whichever was meant, so far that way is one.
            way = np.radians(found.towards_deg[at])
            end = Point(metres_there * np.sin(way), metres_there * np.cos(way))
            assert flat.distance(end) == pytest.approx(0, abs=0.01)
        if flat.centroid.distance(Point(0, 0)) > 500:
            turned = np.degrees(np.arctan2(-flat.centroid.x, -flat.centroid.y))
            off_deg = (found.bearing_deg[at] - turned + 180) % 360 - 180
            assert off_deg == pytest.approx(0, abs=1)
