"""Sirens at stations, over MQTT: sealed for the station, so that no broker can sound them."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from edge_agent.contracts.seal import seal
from edge_agent.contracts.siren import SirenOrder
from edge_agent.contracts.topics import SIREN
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.text_address import TextAddress
from mobile_push.words import Words

SOUNDS_S = {"danger": 60.0, "warning": 30.0, "watch": 10.0}
_PUBLISH_WITHIN_S = 8.0

FindKey = Callable[[str, str], Awaitable[bytes | None]]


class Speaker(Protocol):
    """Somebody who can say something on the broker."""

    async def say(self, topic: str, payload: bytes, *, within_s: float) -> bool:
        """Publish with QoS 1; whether the broker has acknowledged it in time."""
        ...


class SirenChannel:
    """Sounds the siren of the station `<site>/<station>`; the end of an alert silences it.

    An order's id comes from the delivery and the ring, so that one that is sent twice because a
    dispatcher was killed sounds once, and one that repeats because nobody answered sounds again.
    """

    def __init__(
        self,
        speaker: Speaker,
        find_key: FindKey,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._speaker = speaker
        self._find_key = find_key
        self._now = now

    async def send(self, address: TextAddress, message: PushMessage) -> Sending:
        """Tell the station."""
        site_id, _, station_id = address.text.partition("/")
        key = await self._find_key(site_id, station_id)
        if key is None:
            return Sending(Receipt.GONE, "there is no such station any more")
        words = Words.of(message, "")
        order = SirenOrder(
            id=order_id(words.delivery_id, words.ring),
            sent_at=self._now(),
            seconds=SOUNDS_S[words.level] if words.state == "raised" else 0,
            simulated=words.simulated,
        )
        topic = SIREN.of(site_id, station_id)
        sealed = seal(key, topic, order.to_body())
        if await self._speaker.say(topic, sealed, within_s=_PUBLISH_WITHIN_S):
            return Sending(Receipt.SENT, "the broker has it")
        return Sending(Receipt.TRY_AGAIN, "the broker does not answer")


def order_id(delivery_id: str, ring: int) -> uuid.UUID:
    """Return the id of the order for one ring of one delivery."""
    return uuid.uuid5(uuid.UUID(delivery_id), f"ring {ring}")
