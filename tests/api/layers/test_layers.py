from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from api.layers.routes import right_handed
from api.position import Position, distance_m
from api.tables import Herd, Role
from tests.api.shell import a_shell
from tests.api.world import World, a_message, square


async def test_a_herd_is_exact_for_a_ranger_and_a_kilometre_wide_for_a_villager(
    world: World, tmp_path: Any
) -> None:
    await world.tell(world.ridge, a_message("elephant", "elephant"))
    shell = a_shell(world.database, tmp_path)
    found = {}
    for role in (Role.RANGER, Role.VILLAGER):
        async with shell.signed_in(role) as client:
            answer = await client.get("/api/v1/layers/herds.geojson")
            assert answer.headers["content-type"] == "application/geo+json"
            (found[role],) = answer.json()["features"]

    (herd,) = await world.rows(Herd)
    assert found[Role.RANGER]["geometry"]["coordinates"] == [herd.longitude, herd.latitude]
    longitude, latitude = found[Role.VILLAGER]["geometry"]["coordinates"]
    off_m = distance_m(Position(latitude, longitude), Position(herd.latitude, herd.longitude))
    assert 1 < off_m <= found[Role.VILLAGER]["properties"]["uncertainty_m"] == 750
    assert found[Role.RANGER]["properties"]["count"] == 2


async def test_an_alert_is_the_area_that_was_warned_longitude_first(
    world: World, tmp_path: Any
) -> None:
    await world.tell(world.ridge, a_message())
    async with a_shell(world.database, tmp_path).signed_in(Role.VILLAGER) as client:
        answer = await client.get("/api/v1/layers/alerts.geojson?hours=1")
        (feature,) = answer.json()["features"]
        wrong = await client.get("/api/v1/layers/alerts.geojson?hours=0")

    area = shape(feature["geometry"])
    assert area.equals(shape(world.village.area))
    assert area.exterior.is_ccw
    assert feature["properties"]["distance_m"] == 400
    assert wrong.status_code == 422


@given(st.booleans(), st.booleans())
def test_rings_turn_as_the_standard_wants(backwards: bool, holed: bool) -> None:
    area = square(0, 0)
    rings = [area["coordinates"][0], square(0, 0, half_m=20)["coordinates"][0]]
    rings = [ring[::-1] if backwards else ring for ring in rings[: 1 + holed]]

    turned = shape(right_handed({"type": "Polygon", "coordinates": rings}))

    assert turned.exterior.is_ccw
    assert not any(hole.is_ccw for hole in turned.interiors)
    assert turned.equals(shape({"type": "Polygon", "coordinates": rings}))
