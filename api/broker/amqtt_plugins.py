"""Our rules as amqtt asks for them, and the limits that amqtt lacks."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from amqtt.adapters import StreamReaderAdapter
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from api.broker.access import BrokerUser, ServerUser, may_publish, may_receive, may_subscribe
from api.broker.gate import Gate, Refusal
from api.broker.provider import MAX_PACKET_BYTES
from edge_agent.contracts.topics import is_said_by_server

_log = logging.getLogger(__name__)
_FIRST_PACKET_WITHIN_S = 10.0

# amqtt keeps the claimed name in the session before it has checked the password, and a second
# connection may share the session of a first. So who was let in is written beside that name.
_ADMITTED = "trunkline_admitted"


@dataclass
class GateConfig:
    """What amqtt hands to both plug-ins."""

    gate: Any


class StationAuthentication(BaseAuthPlugin):  # type: ignore[misc]
    """Asks the gate; a last will on a foreign topic keeps its owner out."""

    Config = GateConfig

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._gate: Gate = context.config.gate

    async def authenticate(self, *, session: Session) -> bool:
        """Whether this client is let in."""
        name = session.username or ""
        user = await self._gate.admit(name, session.password or "")
        will = session.will_topic if session.will_flag else None
        if user is None or (will and not may_publish(user, will)):
            self._gate.tell(Refusal(name, "connect", will or ""))
            return False
        setattr(session, _ADMITTED, user)
        return True


class StationTopics(BaseTopicPlugin):  # type: ignore[misc]
    """Asks the rules of `access.py`."""

    Config = GateConfig

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._gate: Gate = context.config.gate

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool:
        """Whether this session may do this on this topic or filter."""
        user: BrokerUser | None = getattr(session, _ADMITTED, None)
        if user is None or topic is None:
            return False
        if action is Action.RECEIVE:
            # The server need not hear itself, and MQTT 3.1.1 has no "not my own" option.
            is_echo = isinstance(user, ServerUser) and is_said_by_server(topic)
            return may_receive(user, topic) and not is_echo
        allowed = (may_publish if action is Action.PUBLISH else may_subscribe)(user, topic)
        if not allowed and session is not None:
            self._gate.tell(Refusal(session.username or "", str(action), topic))
        return allowed


class LimitedReader(StreamReaderAdapter):  # type: ignore[misc]
    """Ends a connection that asks for too much, or says nothing for too long.

    amqtt reads packets of up to 256 MB, waits for ever for the first, and does nothing when a
    client is silent beyond its keep-alive: a station without power would stay online for ever.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._heard_anything = False
        self._silences = 0
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """Read exactly n bytes, or find the stream ended."""
        if self._ended or n > MAX_PACKET_BYTES or self._silences > 1:
            return self._end(n)
        try:
            async with asyncio.timeout(None if self._heard_anything else _FIRST_PACKET_WITHIN_S):
                data: bytes = await super().read(n)
        except TimeoutError:
            return self._end(n)
        except asyncio.CancelledError:
            self._silences += 1  # amqtt gave up waiting after one keep-alive, and will ask again
            raise
        self._heard_anything, self._silences = True, 0
        return data

    def _end(self, n: int) -> bytes:
        self._ended = True
        raise asyncio.IncompleteReadError(b"", n)
