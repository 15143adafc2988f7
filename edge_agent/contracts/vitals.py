"""How a station's body is, as types: power, heat, radio, and each camera's eyes."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class CameraState(StrEnum):
    """What a camera is good for now. `broken` gives no frames; the last five give useless ones."""

    GOOD = "good"
    LEARNING = "learning"
    BROKEN = "broken"
    COVERED = "covered"
    MOVED = "moved"
    DEFOCUSED = "defocused"
    DARK = "dark"
    STUCK = "stuck"


class CameraHealth(BaseModel):
    """How one camera is.

    `state` is a `CameraState`; a newer station may say more. `sharpness` (fine over coarse
    contrast, as a logarithm) means something only beside the same camera's others; `brightness` is
    0 to 255.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    deployment_id: Annotated[str, Field(min_length=1, max_length=80)]
    state: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    since: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None
    last_frame_at: AwareDatetime | None = None
    sharpness: Finite | None = None
    brightness: Positive | None = None

    @property
    def is_blind(self) -> bool:
        """Whether nothing would be seen if an elephant stood there."""
        return self.state not in (CameraState.GOOD, CameraState.LEARNING)


class Vitals(BaseModel):
    """What the board says of itself; everything that it cannot tell is absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    battery_percent: Percent | None = None
    battery_volts: Positive | None = None
    is_charging: bool | None = None
    solar_watts: Positive | None = None
    temperature_c: Finite | None = None
    signal_dbm: Finite | None = None
    memory_mb: Positive | None = None
    up_s: Positive | None = None
