"""A frame in which the station believed no elephant, drawn by lot, with how likely the draw was.

What is never told cannot be judged: from these frames, looked at by a person, one estimates how
many elephants a station misses, and which threshold it should have.
"""

import base64
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, model_validator

from edge_agent.contracts.messages import (
    MAX_ANIMALS,
    MAX_MEDIA_BYTES,
    ClockState,
    Fraction,
    Lighting,
    Message,
    Name,
    SeenAnimal,
)


def _from_base64(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


InJson = Annotated[
    bytes, BeforeValidator(_from_base64), PlainSerializer(_to_base64, when_used="json")
]
"""Bytes here, base64 on the wire."""


class Stratum(StrEnum):
    """How near a frame was to being told. Each is drawn from by itself."""

    NEAR = "near"  # nearly believed: from 0.6 of the threshold up
    LOW = "low"  # something a little like an elephant
    EMPTY = "empty"  # nothing like an elephant at all


class SampleMessage(Message):
    """One frame below the threshold. Nothing is raised by it.

    `boxes` are the elephants that the network gave at least `floor` and less than `threshold`;
    `score` is the greatest of them, 0 without any. The frame was drawn from all of one deployment,
    lighting and stratum that were looked at since `window_began_at`; `inclusion_probability` is the
    chance that each of those had, so that the frame stands for 1 / `inclusion_probability` of them.
    `picture` is a JPEG of the whole frame, people covered; absent if none small enough can be made.
    """

    id: UUID
    deployment_id: Name
    captured_at: AwareDatetime
    clock: ClockState = ClockState.FREE_RUNNING
    lighting: Lighting
    release: Name
    threshold: Fraction
    floor: Fraction
    score: Fraction
    boxes: Annotated[tuple[SeenAnimal, ...], Field(max_length=MAX_ANIMALS)] = ()
    stratum: Stratum
    window_began_at: AwareDatetime
    inclusion_probability: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    picture: InJson | None = None

    @model_validator(mode="after")
    def _has_a_picture_that_is_small(self) -> Self:
        if self.picture is not None and len(self.picture) > MAX_MEDIA_BYTES:
            raise ValueError(
                f"a picture of {len(self.picture)} bytes; {MAX_MEDIA_BYTES} are allowed"
            )
        return self

    @model_validator(mode="after")
    def _is_below_its_threshold(self) -> Self:
        if self.score >= self.threshold:
            raise ValueError("a frame at its threshold is a sighting, not a sample")
        return self
