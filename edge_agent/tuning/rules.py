"""From a station's own file and a desired config to what counts. Pure."""

from collections.abc import Mapping
from typing import Any

from edge_agent.camera_settings import CameraSettings, VideoCameraSettings
from edge_agent.contracts.configuration import (
    BrokerAddress,
    Budgets,
    MotionSettings,
    Seeing,
    Tunables,
    TuningError,
    View,
)
from edge_agent.settings import BrokerSettings, StationSettings


def tunables_of(settings: StationSettings) -> Tunables:
    """Return what the station's own file says of everything that can be tuned."""
    broker = settings.broker
    return Tunables(
        confirmation=settings.confirmation,
        event=settings.event,
        cameras={
            camera.deployment_id: View(
                looks_deg=camera.looks_deg, exclude=camera.exclude, motion=_motion_of(camera)
            )
            for camera in settings.cameras
        },
        budgets=Budgets(health_every_s=settings.health_every_s, **dict(settings.budget)),
        broker=BrokerAddress(
            host=broker.host, port=broker.port, tls=broker.tls, keepalive_s=broker.keepalive_s
        ),
    )


def tuned(settings: StationSettings, wish: Mapping[str, Any]) -> Tunables:
    """Return what counts under a desired config.

    Raises:
        TuningError: names the key that cannot be, in words an operator can act on.
    """
    counts = tunables_of(settings).changed(dict(wish))
    for seeing in (counts, *(counts.seeing_by(profile) for profile in counts.profiles)):
        _check_cameras(settings, seeing)
    return counts


def broker_of(settings: StationSettings, counts: Tunables) -> BrokerSettings:
    """Return the broker to talk to; what cannot be tuned stays as in the file."""
    return settings.broker.model_copy(update=dict(counts.broker))


def _motion_of(camera: CameraSettings) -> MotionSettings | None:
    return camera.motion if isinstance(camera, VideoCameraSettings) else None


def _check_cameras(settings: StationSettings, seeing: Seeing) -> None:
    cameras = {camera.deployment_id: camera for camera in settings.cameras}
    for name, view in seeing.cameras.items():
        if name not in cameras:
            raise TuningError(f"cameras.{name}: this station has no such camera")
        if view.motion is not None and not isinstance(cameras[name], VideoCameraSettings):
            kind = cameras[name].kind
            raise TuningError(f"cameras.{name}.motion: a {kind} camera has no motion gate")
