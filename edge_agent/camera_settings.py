"""What a config file says about each camera; its `kind` decides which keys there are."""

from datetime import timedelta, timezone
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from edge_agent.cameras.dating import pattern_of
from edge_agent.config_table import DEVICES, STREAM_MARK, BesideTheConfig, ConfigTable, FileOrStream
from edge_agent.contracts.configuration import Corners, MotionSettings
from edge_agent.contracts.messages import CompassDegrees
from edge_agent.drops.passwords import is_password_hash


def _is_a_time_format(form: str) -> str:
    pattern_of(form)
    return form


def _is_a_password_hash(line: str) -> str:
    if not is_password_hash(line):
        raise ValueError("is no hash of a password; `trunkline-station password` makes one")
    return line


TimeFormat = Annotated[str, AfterValidator(_is_a_time_format)]
PasswordHash = Annotated[str, AfterValidator(_is_a_password_hash)]


class CameraTable(ConfigTable):
    """What every camera has. An elephant that stands in an `exclude` zone is none.

    `looks_deg` is where it looks by the compass: 0 north, 90 east.
    """

    deployment_id: str = Field(min_length=1, max_length=80)
    looks_deg: CompassDegrees | None = None
    exclude: tuple[Corners, ...] = ()


class FolderCameraSettings(CameraTable):
    """Pictures of a folder, in name order."""

    kind: Literal["folder"]
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


class VideoCameraSettings(CameraTable):
    """A video file, a stream (`rtsp://…`) or an attached camera (`/dev/video0`).

    `fps` frames of each second are taken.

    With a `motion` table, only those are looked at before which something moves.
    """

    kind: Literal["video"]
    path: FileOrStream = Field(min_length=1)
    fps: float = Field(default=1.0, gt=0, le=60)
    speed: float = Field(default=1.0, ge=0)
    loop: bool = False
    motion: MotionSettings | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is a camera, by network or cable, that may come back after a failure."""
        return STREAM_MARK in self.path or self.path.startswith(DEVICES)


class SimulatedCameraSettings(CameraTable):
    """Drawn footage, replayed as if it happened now; at `speed` 0 without any pause."""

    kind: Literal["simulated"]
    path: BesideTheConfig
    sequences: tuple[str, ...] = ()
    speed: float = Field(default=1.0, ge=0)
    start_after_s: float = Field(default=0.0, ge=0)
    loop: bool = False


class DropCameraSettings(CameraTable):
    """A camera that delivers by itself, over FTP or by mail, with a name and a password.

    `times` are formats of `strptime`: a picture without EXIF is as old as its file name, or its
    mail's subject, says in one of them.
    """

    kind: Literal["ftp", "smtp"]
    username: str = Field(pattern=r"^[A-Za-z0-9._@-]{1,80}$")
    password_hash: PasswordHash = Field(repr=False)
    utc_offset_h: float = Field(default=0.0, ge=-14, le=14)
    times: tuple[TimeFormat, ...] = ()
    clip_fps: float = Field(default=1.0, gt=0, le=60)
    most_waiting: int = Field(default=500, ge=1, le=100_000)
    most_file_mb: float = Field(default=40.0, gt=0, le=500)

    @property
    def zone(self) -> timezone:
        """The camera clock's zone."""
        return timezone(timedelta(hours=self.utc_offset_h))


CameraSettings = Annotated[
    FolderCameraSettings | VideoCameraSettings | SimulatedCameraSettings | DropCameraSettings,
    Field(discriminator="kind"),
]
