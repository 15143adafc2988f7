"""The station's newest word on each matter: its config, its update, its siren.

Unlike a sighting, an older word is worth nothing once there is a newer one; so this is no outbox.
"""

import threading
from dataclasses import dataclass, replace

from edge_agent.contracts.messages import Message
from edge_agent.contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class _Notice:
    message: Message
    ticket: int | None = None
    is_known: bool = False


class Noticeboard:
    """Safe to pin to from any thread; the link alone takes from it."""

    def __init__(self) -> None:
        self._notices: dict[Topic, _Notice] = {}
        self._lock = threading.Lock()

    def pin(self, topic: Topic, message: Message) -> None:
        """Say something; it takes the place of what was said before on this topic."""
        with self._lock:
            self._notices[topic] = _Notice(message)

    def due(self) -> list[tuple[Topic, Message]]:
        """Return what has not left over this connection."""
        with self._lock:
            return [
                (topic, notice.message)
                for topic, notice in self._notices.items()
                if notice.ticket is None and not notice.is_known
            ]

    def left(self, topic: Topic, message: Message, ticket: int) -> None:
        """It was handed to the connection, which calls it `ticket`."""
        with self._lock:
            if self._notices[topic].message is message:
                self._notices[topic] = _Notice(message, ticket)

    def acknowledged(self, ticket: int) -> None:
        """The broker has taken over what was called `ticket`."""
        with self._lock:
            for topic, notice in self._notices.items():
                if notice.ticket == ticket:
                    self._notices[topic] = _Notice(notice.message, is_known=True)

    def grounded(self) -> None:
        """The connection is gone. What is retained is said again over the next.

        The broker may have been another one, or lost its memory; a repeat changes nothing.
        """
        with self._lock:
            for topic, notice in self._notices.items():
                is_known = notice.is_known and not topic.retained
                self._notices[topic] = replace(notice, ticket=None, is_known=is_known)
