"""Makes the camera that a config asks for: the one place that knows every kind."""

from collections.abc import Mapping

from edge_agent.camera_settings import (
    CameraSettings,
    DropCameraSettings,
    FolderCameraSettings,
    VideoCameraSettings,
)
from edge_agent.cameras.camera import Camera
from edge_agent.cameras.drop import DropCamera
from edge_agent.cameras.folder import FolderCamera
from edge_agent.cameras.simulated import SimulatedCamera
from edge_agent.cameras.video import VideoCamera
from edge_agent.drops.inbox import Inbox
from edge_agent.outbox import Outbox, Source


def open_camera(
    settings: CameraSettings,
    *,
    station_id: str,
    outbox: Outbox | None,
    inboxes: Mapping[str, Inbox] | None = None,
) -> Camera:
    """Return the camera; nothing is read from it yet.

    Args:
        settings: its table of the config.
        station_id: stands in the strip of drawn pictures.
        outbox: remembers what was looked at; without one, nothing counts as looked at.
        inboxes: of the cameras that deliver by themselves, by deployment.
    """

    def was_looked_at(name: str) -> bool:
        return outbox is not None and outbox.was_looked_at(Source(settings.deployment_id, name))

    if isinstance(settings, FolderCameraSettings):
        return FolderCamera(settings, was_looked_at=was_looked_at)
    if isinstance(settings, DropCameraSettings):
        inbox = (inboxes or {})[settings.deployment_id]
        return DropCamera(settings, inbox, was_looked_at=was_looked_at)
    if isinstance(settings, VideoCameraSettings):
        return VideoCamera(settings)
    return SimulatedCamera(settings, station_id=station_id)
