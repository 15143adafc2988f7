"""What is sent to a phone, and how the sending went."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MAX_PAYLOAD_BYTES = 3072
"""Push services take 4096 encrypted bytes; some count headers and padding too."""

MAX_TTL_S = 28 * 24 * 3600

_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")

Urgency = Literal["very-low", "low", "normal", "high"]


class Receipt(StrEnum):
    """How one sending went; each asks for something else of the sender."""

    SENT = "sent"
    TRY_AGAIN = "try_again"  # the channel is busy or down: the phone may well be there
    GONE = "gone"  # the phone unsubscribed: forget this address
    REFUSED = "refused"  # our own request is at fault: the same again would fail again


@dataclass(frozen=True, slots=True)
class Sending:
    """A receipt and its reason, in words for the log and the ledger."""

    receipt: Receipt
    detail: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One message to one phone (RFC 8030).

    `ttl_s` is how long a push service may keep it for a phone that is off; a later message with the
    same `topic` replaces one that still waits there.

    Raises:
        ValueError: the payload, the time to live or the topic is outside what push services take.
    """

    payload: bytes
    ttl_s: int
    urgency: Urgency = "high"
    topic: str | None = None

    def __post_init__(self) -> None:
        if len(self.payload) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"{len(self.payload)} bytes are more than {MAX_PAYLOAD_BYTES}")
        if not 0 <= self.ttl_s <= MAX_TTL_S:
            raise ValueError(f"a time to live of {self.ttl_s} s is not within 0 to {MAX_TTL_S}")
        if self.topic is not None and not _TOPIC.match(self.topic):
            raise ValueError(f"{self.topic!r} is not 1 to 32 letters of the URL-safe alphabet")
