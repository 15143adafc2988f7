"""What the station has seen and the server has not yet stored."""

from edge_agent.outbox.outbox import Letter, Outbox, Source

__all__ = ["Letter", "Outbox", "Source"]
