"""What the server may tune on a station while it runs, and how the station answers.

A desired config holds only what shall differ from the station's own file; a table is merged key by
key, a list is replaced, and null means as in the file. So going back to the file is `{}`.
"""

import json
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from edge_agent.contracts.messages import CompassDegrees, Lighting, Message, Name, Reason

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Corners = Annotated[tuple[tuple[Share, Share], ...], Field(min_length=3, max_length=100)]
"""A polygon: corners as fractions of the frame, from the left and from the top."""

Threshold = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
HourOfDay = Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
NoOrMoreSeconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
MOST_PROFILES = 20


SomeTable = TypeVar("SomeTable", bound="Table")


class TuningError(ValueError):
    """A config that cannot be; the message names the key and what is wrong with it."""


class Table(BaseModel):
    """Part of a config: an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ConfirmationSettings(Table):
    """How many of the last frames must show an elephant before it is told.

    The one that is told must be sure; from `vouches_from` on, a share of the threshold, the others
    vouch for it. Below 0.6 of the threshold nothing is remembered.
    """

    needed: int = Field(default=2, ge=1, le=100)
    out_of: int = Field(default=4, ge=1, le=100)
    vouches_from: float = Field(default=1.0, ge=0.6, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.needed > self.out_of:
            raise ValueError(f"{self.needed} of {self.out_of} frames can never be seen")
        return self


class EventSettings(Table):
    """When a sighting grows and when it ends, and how long it is news."""

    silence_s: Seconds = 60.0
    revise_every_s: NoOrMoreSeconds = 3.0
    still_here_s: Seconds = 120.0
    fresh_s: Seconds = 900.0


class RegionSettings(Table):
    """Movement in this part of the view counts for more or less; 0 is not at all."""

    polygon: Corners
    sensitivity: float = Field(ge=0, le=10, allow_inf_nan=False)


class MotionSettings(Table):
    """When a frame is worth a look.

    `least_area` is the share of the frame that must move; where regions overlap, the last counts.
    """

    least_area: float = Field(default=0.002, gt=0, le=1)
    hold_s: float = Field(default=3.0, ge=0)
    look_every_s: float = Field(default=10.0, gt=0)
    regions: tuple[RegionSettings, ...] = ()


class View(Table):
    """One camera's view. An elephant that stands in an `exclude` zone is none.

    `thresholds` are this camera's own; they take the place of the station's. `looks_deg` is where
    it looks by the compass.
    """

    looks_deg: CompassDegrees | None = None
    exclude: tuple[Corners, ...] = ()
    motion: MotionSettings | None = None
    thresholds: dict[Lighting, Threshold] = {}


class Seeing(Table):
    """How the station looks. `thresholds` take the place of the release's own."""

    thresholds: dict[Lighting, Threshold] = {}
    confirmation: ConfirmationSettings = ConfirmationSettings()
    event: EventSettings = EventSettings()
    cameras: dict[Name, View] = {}


class Profile(Table):
    """Another way of looking for some hours of the day, or in some light.

    `hours` are the station's local ones, first and last; [18, 6] goes over midnight. With both
    `hours` and `lighting`, both must fit. Where several profiles fit, the last counts, alone.
    """

    name: Name
    hours: tuple[HourOfDay, HourOfDay] | None = None
    lighting: tuple[Lighting, ...] | None = None
    change: dict[str, Any]

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.hours is None and self.lighting is None:
            raise ValueError(f"profile {self.name} says neither hours nor lighting")
        return self

    def fits(self, local_hour: float, lighting: Lighting | None) -> bool:
        """Whether it counts at an hour (0 to 24) in a light; None is not known yet."""
        if self.hours is not None and not _is_between(local_hour, *self.hours):
            return False
        return self.lighting is None or lighting in self.lighting


class Spending(Table):
    """What the station may spend of its disk and of a metered link; no data budget by default.

    Of frames below the threshold, each camera tells so many a day, for all cameras together in so
    many MB: see `contracts.samples`. 0 of either is none.
    """

    disk_mb: float = Field(default=500.0, ge=1, allow_inf_nan=False)
    data_mb_per_day: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    samples_per_day: int = Field(default=24, ge=0, le=480)
    samples_mb_per_day: float = Field(default=0.5, ge=0, allow_inf_nan=False)


class Budgets(Spending):
    """What the station may spend."""

    health_every_s: Annotated[float, Field(gt=0, le=86_400)] = 60.0


class BrokerAddress(Table):
    """Where the server is reached. A mistake here is undone by the station itself."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = False
    keepalive_s: int = Field(default=20, ge=2, le=3600)


class Tunables(Seeing):
    """Everything that can be tuned from afar, in full."""

    utc_offset_h: float = Field(default=0.0, ge=-14, le=14)
    profiles: tuple[Profile, ...] = Field(default=(), max_length=MOST_PROFILES)
    budgets: Budgets = Budgets()
    broker: BrokerAddress = BrokerAddress()

    @model_validator(mode="after")
    def _has_profiles_that_can_be(self) -> Self:
        names = [profile.name for profile in self.profiles]
        if len(set(names)) < len(names):
            raise ValueError("two profiles have the same name")
        for profile in self.profiles:
            try:
                self.seeing_by(profile)
            except TuningError as error:
                raise ValueError(f"profile {profile.name}: {error}") from error
        return self

    def seeing_by(self, profile: Profile | None) -> Seeing:
        """Return how to look under a profile, or without one.

        Raises:
            TuningError: the profile changes what no profile can, or to what cannot be.
        """
        plain = self.model_dump(mode="json", include=set(Seeing.model_fields))
        change = {} if profile is None else profile.change
        return _validated(Seeing, merged(plain, change))

    def profile_at(self, at: datetime, lighting: Lighting | None) -> Profile | None:
        """Return the profile that counts for a frame taken `at`, seen in this light."""
        local = at.astimezone(timezone(timedelta(hours=self.utc_offset_h)))
        hour = local.hour + local.minute / 60 + local.second / 3600
        fitting = [profile for profile in self.profiles if profile.fits(hour, lighting)]
        return fitting[-1] if fitting else None

    def changed(self, settings: dict[str, Any]) -> "Tunables":
        """Return these with a desired config's settings laid over them.

        Raises:
            TuningError: names the first key that is wrong.
        """
        plain = self.model_dump(mode="json")
        return _validated(Tunables, merged(plain, settings))


class Outcome(StrEnum):
    """What became of a desired config."""

    APPLIED = "applied"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


class DesiredConfig(Message):
    """The server's wish. A version is used once; the greatest counts."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    settings: dict[str, Any] = Field(default_factory=dict)


class ReportedConfig(Message):
    """The station's answer to one version, and what counts now.

    `version` is the one that counts, 0 for the station's own file; `effective` is everything that
    can be tuned, as it is.
    """

    at: AwareDatetime
    answered_version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    outcome: Outcome
    reason: Reason = ""
    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    effective: dict[str, Any] = Field(default_factory=dict)

    @field_validator("effective")
    @classmethod
    def _is_json(cls, effective: dict[str, Any]) -> dict[str, Any]:
        json.dumps(effective, allow_nan=False)  # NaN is read from JSON, though it is none
        return effective


def merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one config over another: tables key by key, all else replaced, null is as it was."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict | None):
            result[key] = merged(below or {}, value)
        elif value is not None:
            result[key] = value
    return result


def _validated(kind: type[SomeTable], values: dict[str, Any]) -> SomeTable:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise TuningError("; ".join(map(_in_words, problems[:5]))) from error


def _in_words(problem: ErrorDetails) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {name}"
    words = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {words}" if name else words


def _is_between(hour: float, first: float, last: float) -> bool:
    if first <= last:
        return first <= hour < last
    return hour >= first or hour < last
