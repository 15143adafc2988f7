"""What stations and server say to each other, as types. Strict in writing, lenient in reading.

Unknown fields are ignored, so that an old server understands a newer station. Times are RFC 3339
in UTC, boxes are `[left, top, width, height]` as fractions of the frame.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.vitals import CameraHealth, Vitals

MAX_BODY_BYTES = 256 * 1024
MAX_MEDIA_BYTES = 30 * 1024
MAX_ANIMALS = 64

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
CompassDegrees = Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_NO_NUL = r"^[^\x00]*$"  # PostgreSQL has no such character
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=_NO_NUL)]
Reason = Annotated[str, Field(max_length=500, pattern=_NO_NUL)]


class Lighting(StrEnum):
    """How a frame was lit; each has its own threshold."""

    DAY = "day"
    NIGHT_IR = "night_ir"
    THERMAL = "thermal"


class ClockState(StrEnum):
    """How far the station trusts its own clock."""

    SYNCHRONISED = "synchronised"
    FREE_RUNNING = "free_running"
    UNSET = "unset"


class StationState(StrEnum):
    """What a station last said of itself; `offline` is its last will."""

    ONLINE = "online"
    STOPPED = "stopped"
    OFFLINE = "offline"


class Message(BaseModel):
    """Anything sent over the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    simulated: bool = False

    def to_body(self) -> bytes:
        """Return the JSON bytes that go into the seal."""
        return self.model_dump_json().encode()


class SeenAnimal(BaseModel):
    """One box of one frame. Despite its name it may be a person or a vehicle: see `label`.

    `track` is the same for the same animal within one sighting. `moving` is where it goes in the
    picture: left, right, towards or away; absent while nobody can tell.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    confidence: Fraction
    box: tuple[Fraction, Fraction, Fraction, Fraction]
    touches_edge: bool = False
    track: int | None = None
    moving: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] | None = None

    @model_validator(mode="after")
    def _lies_in_the_frame(self) -> Self:
        left, top, width, height = self.box
        tolerance = 1e-3  # rounding on the way
        if left + width > 1 + tolerance or top + height > 1 + tolerance:
            raise ValueError("the box reaches out of the frame")
        if width <= 0 or height <= 0:
            raise ValueError("the box is empty")
        return self


class DetectionMessage(Message):
    """A confirmed sighting of one deployment, at its best frame so far. Grows by `revision`.

    `animals` and `captured_at` are of that one frame. `count` is the most elephants seen at once so
    far, `last_seen_at` when there was one last; absent from stations that do not count.
    `person_seen_at` is when somebody passed the same camera, minutes before or after them.
    `looks_deg` is where the camera looks (0 north, 90 east), if anybody has told the station.
    `waited_s` is how long the message has been on the station, by a clock that nobody can set:
    exactly, or at the least if the station was without power meanwhile (`outlived_power`).
    """

    id: UUID
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    deployment_id: Name
    captured_at: AwareDatetime
    sent_at: AwareDatetime
    clock: ClockState = ClockState.FREE_RUNNING
    lighting: Lighting
    release: Name
    threshold: Fraction
    animals: Annotated[tuple[SeenAnimal, ...], Field(min_length=1, max_length=MAX_ANIMALS)]
    media_sha256: Sha256 | None = None
    count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    last_seen_at: AwareDatetime | None = None
    ended: bool = False
    person_seen_at: AwareDatetime | None = None
    looks_deg: CompassDegrees | None = None
    waited_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    outlived_power: bool = False


class StatusMessage(Message):
    """Whether a station is there."""

    state: StationState
    at: AwareDatetime


class HealthMessage(Message):
    """How a station is; everything that a platform cannot tell is absent."""

    at: AwareDatetime
    queue_length: Annotated[int, Field(ge=0)] = 0
    oldest_unsent_at: AwareDatetime | None = None
    frames_seen: Annotated[int, Field(ge=0)] = 0
    frames_broken: Annotated[int, Field(ge=0)] = 0
    inference_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    disk_free_mb: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    release: Name | None = None
    version: Name | None = None
    bytes_sent_today: Annotated[int, Field(ge=0)] | None = None
    trouble: Annotated[str, Field(max_length=200)] | None = None  # of the disk or the outbox
    vitals: Vitals = Vitals()
    cameras: Annotated[tuple[CameraHealth, ...], Field(max_length=32)] = ()


class StoredKind(StrEnum):
    """What a storage receipt is for."""

    DETECTION = "detection"
    MEDIA = "media"
    SAMPLE = "sample"
    CONFIG = "config"  # the report of a desired config; only told to stations that report one


class StoredItem(BaseModel):
    """One thing the server has committed; a revision covers all before it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: StoredKind
    id: Name  # the detection's id, the picture's SHA-256, or the answered config's version
    revision: Annotated[int, Field(ge=1)] = 1


class RefusedItem(BaseModel):
    """A sealed message that the server cannot read and has kept: sending it again is no use."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    body_sha256: Sha256
    reason: Annotated[str, Field(max_length=500)]


class StorageReceipt(Message):
    """The server has committed these: the station may forget them."""

    items: tuple[StoredItem, ...] = ()
    refused: tuple[RefusedItem, ...] = ()


class AlertNotice(Message):
    """What sirens and gateways of a site are told, on the site's alerts topic."""

    alert_id: Name
    geofence: Annotated[str, Field(max_length=200)]
    level: Name
    state: Name
    count: Annotated[int, Field(ge=0)]
    raised_at: AwareDatetime
    changed_at: AwareDatetime


AnyMessage = TypeVar("AnyMessage", bound=Message)


def read_message(kind: type[AnyMessage], body: bytes) -> AnyMessage:
    """Turn the body of a message into its type.

    Raises:
        UnreadableMessageError: says which field is wrong; never anything else, whatever the bytes.
    """
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableMessageError(
            f"{len(body)} bytes are more than the {MAX_BODY_BYTES} allowed"
        )
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise UnreadableMessageError(
            f"{error.error_count()} bad fields in {kind.__name__}; first {where}: {first['msg']}"
        ) from error


def read_media(sha256: str, body: bytes) -> bytes:
    """Check a picture against the name it came under.

    Raises:
        UnreadableMessageError: too large, or not the bytes that the topic names.
    """
    if len(body) > MAX_MEDIA_BYTES:
        raise UnreadableMessageError(
            f"a picture of {len(body)} bytes; {MAX_MEDIA_BYTES} are allowed"
        )
    if body_sha256(body) != sha256:
        raise UnreadableMessageError("the picture is not the one that its topic names")
    return body


def body_sha256(body: bytes) -> str:
    """Return the name of some bytes: the hexadecimal digits of their SHA-256."""
    return hashlib.sha256(body).hexdigest()
