"""What the server tells a station's siren, and what the siren says of itself."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from edge_agent.contracts.messages import Message

LONGEST_S = 300.0


class SirenOrder(Message):
    """Sound the siren for some seconds, or be silent (0). An order too old is not obeyed."""

    id: UUID
    sent_at: AwareDatetime
    seconds: Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]


class SirenAct(StrEnum):
    """What a siren is doing, or why it did not."""

    SOUNDING = "sounding"
    SILENT = "silent"
    HELD_BACK = "held_back"
    FAILED = "failed"


class SirenCause(StrEnum):
    """Who made it sound."""

    ELEPHANT = "elephant"
    ORDER = "order"


class SirenState(Message):
    """What the siren does now. `id` is the order's or the sighting's; `reason` is for people."""

    at: AwareDatetime
    act: SirenAct
    cause: SirenCause | None = None
    id: UUID | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None
