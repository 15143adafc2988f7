"""Makes the camera that a config asks for: the one place that knows every kind."""

from edge_agent.camera_settings import CameraSettings, FolderCameraSettings, VideoCameraSettings
from edge_agent.cameras.camera import Camera
from edge_agent.cameras.folder import FolderCamera
from edge_agent.cameras.simulated import SimulatedCamera
from edge_agent.cameras.video import VideoCamera
from edge_agent.outbox import Outbox, Source


def open_camera(settings: CameraSettings, *, station_id: str, outbox: Outbox | None) -> Camera:
    """Return the camera; nothing is read from it yet. The outbox remembers what was looked at."""
    if isinstance(settings, FolderCameraSettings):
        name = settings.deployment_id
        if outbox is None:
            return FolderCamera(settings)
        return FolderCamera(
            settings, was_looked_at=lambda file: outbox.was_looked_at(Source(name, file))
        )
    if isinstance(settings, VideoCameraSettings):
        return VideoCamera(settings)
    return SimulatedCamera(settings, station_id=station_id)
