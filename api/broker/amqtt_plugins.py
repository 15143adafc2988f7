"""Our rules as amqtt asks for them."""

from dataclasses import dataclass
from typing import Any

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from api.broker.access import BrokerUser, ServerUser, may_publish, may_receive, may_subscribe
from api.broker.gate import Gate, Refusal
from api.broker.station_reader import THIS_VOICE
from edge_agent.contracts.topics import is_said_by_server

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
        voice = THIS_VOICE.get()
        if voice is not None:
            voice.user = user
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
