"""What the station has seen and the server has not yet stored."""

from edge_agent.outbox.letters import Letter, Source
from edge_agent.outbox.outbox import Condition, Outbox
from edge_agent.outbox.room import Room

__all__ = ["Condition", "Letter", "Outbox", "Room", "Source"]
