from api.stations.store import hear_health
from api.stations.views import station_views
from api.tables import Station
from edge_agent.contracts.messages import HealthMessage
from edge_agent.contracts.vitals import CameraHealth, CameraState, Vitals
from tests.api.world import DUSK, World


async def test_a_blind_camera_and_a_low_battery_are_shown_as_the_station_said(
    world: World,
) -> None:
    health = HealthMessage(
        at=DUSK,
        trouble="no room: old pictures are given up",
        bytes_sent_today=48_000,
        vitals=Vitals(battery_percent=17, is_charging=False),
        cameras=(
            CameraHealth(deployment_id="ridge-1", state=CameraState.MOVED, since=DUSK),
            CameraHealth(deployment_id="ridge-2", state=CameraState.GOOD),
        ),
    )
    async with world.database.transaction() as session:
        ridge = await session.get_one(Station, world.ridge.id)
        hear_health(ridge, health, DUSK)
        views = await station_views(session, ridge.site_id, DUSK)

    view = views[world.ridge.id]
    assert (view.battery_percent, view.is_charging) == (17, False)
    assert (view.trouble, view.bytes_sent_today) == ("no room: old pictures are given up", 48_000)
    assert [(c.deployment_id, c.is_blind, c.since) for c in view.cameras] == [
        ("ridge-1", True, DUSK),
        ("ridge-2", False, None),
    ]


async def test_a_station_that_never_spoke_has_no_battery_and_no_cameras(world: World) -> None:
    async with world.database.reading() as session:
        views = await station_views(session, world.far.site_id, DUSK)

    assert views[world.far.id].battery_percent is None
    assert views[world.far.id].cameras == []
