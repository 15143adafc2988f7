"""What a camera's watch asks of the tuning."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from edge_agent.contracts.configuration import Seeing
from edge_agent.contracts.messages import Lighting


class Knobs(Protocol):
    """How to look, at a time and in a light; asked for at each frame."""

    def seeing(self, at: datetime, lighting: Lighting | None = None) -> Seeing:
        """Return how to look at a frame taken `at`; the same object while nothing changes."""
        ...

    def thresholds(self, at: datetime, deployment_id: str | None = None) -> Mapping[str, float]:
        """Return the confidences that take the place of the release's, for a camera's frame."""
        ...
