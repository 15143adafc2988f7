from edge_agent.contracts.messages import HealthMessage, read_message
from edge_agent.contracts.vitals import CameraHealth, CameraState
from tests.edge_agent.builders import DUSK


def test_health_of_an_older_station_is_read_as_knowing_nothing_of_its_body() -> None:
    health = read_message(HealthMessage, b'{"at": "2026-11-22T11:30:00Z", "queue_length": 3}')

    assert health.vitals.battery_percent is None
    assert health.cameras == ()


def test_a_camera_in_a_state_of_the_future_counts_as_blind() -> None:
    camera = CameraHealth(deployment_id="ridge-1", state="overgrown")

    assert camera.is_blind


def test_a_camera_that_still_learns_is_not_blind() -> None:
    health = HealthMessage(
        at=DUSK, cameras=(CameraHealth(deployment_id="ridge-1", state=CameraState.LEARNING),)
    )

    assert [
        camera.is_blind for camera in read_message(HealthMessage, health.to_body()).cameras
    ] == [False]
