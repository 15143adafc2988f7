"""What a config file says about each camera; its `kind` decides which keys there are."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge_agent.config_table import STREAM_MARK, BesideTheConfig, ConfigTable, FileOrStream


class FolderCameraSettings(ConfigTable):
    """Pictures of a folder, in name order."""

    kind: Literal["folder"]
    deployment_id: str = Field(min_length=1, max_length=80)
    path: BesideTheConfig
    watch: bool = False
    loop: bool = False
    time: Literal["now", "exif"] = "now"
    utc_offset_h: float = Field(default=0.0, ge=-14, le=14)

    @model_validator(mode="after")
    def _watches_or_loops(self) -> Self:
        if self.watch and self.loop:
            raise ValueError("a folder is either watched for new pictures or looped, not both")
        return self


class VideoCameraSettings(ConfigTable):
    """A video file, or a stream (`rtsp://…`); `fps` frames of each second are looked at."""

    kind: Literal["video"]
    deployment_id: str = Field(min_length=1, max_length=80)
    path: FileOrStream = Field(min_length=1)
    fps: float = Field(default=1.0, gt=0, le=60)
    speed: float = Field(default=1.0, ge=0)
    loop: bool = False

    @property
    def is_stream(self) -> bool:
        """Whether the camera is reached over a network, and may come back after a failure."""
        return STREAM_MARK in self.path


class SimulatedCameraSettings(ConfigTable):
    """Drawn footage, replayed as if it happened now; at `speed` 0 without any pause."""

    kind: Literal["simulated"]
    deployment_id: str = Field(min_length=1, max_length=80)
    path: BesideTheConfig
    sequences: tuple[str, ...] = ()
    speed: float = Field(default=1.0, ge=0)
    start_after_s: float = Field(default=0.0, ge=0)
    loop: bool = False


CameraSettings = Annotated[
    FolderCameraSettings | VideoCameraSettings | SimulatedCameraSettings,
    Field(discriminator="kind"),
]
