"""Makes what a station says ready to leave: on its topic, dated as of now, sealed."""

from collections import OrderedDict
from datetime import UTC, datetime

from edge_agent.contracts import topics
from edge_agent.contracts.messages import (
    DetectionMessage,
    Message,
    StoredKind,
    body_sha256,
    read_message,
)
from edge_agent.contracts.seal import open_sealed, seal
from edge_agent.outbox import Letter
from edge_agent.outbox.letters import Kept, Steady
from edge_agent.redating import as_of_now
from edge_agent.settings import StationSettings

_REMEMBERED_BODIES = 1000


class Envelopes:
    """One station's. Knows a letter again by the bytes that it left with."""

    def __init__(self, settings: StationSettings) -> None:
        self._site_id, self._station_id = settings.site_id, settings.station_id
        self.key = settings.station_key()
        # The server names what it refuses by its bytes, and they change with each sending
        # (`sent_at`).
        self._sent_bodies: OrderedDict[str, Letter] = OrderedDict()

    def topic(self, topic: topics.Topic, rest: str | None = None) -> str:
        """Return the station's own topic of a kind."""
        return topic.of(self._site_id, self._station_id, rest)

    def sealed(self, topic: str, message: Message) -> bytes:
        """Return the payload of a message on a topic."""
        return seal(self.key, topic, message.to_body())

    def opened(self, topic: str, payload: bytes) -> bytes:
        """Return the body of what came on a topic.

        Raises:
            UnreadableMessageError, ForgedMessageError: the server has not sealed it.
        """
        return open_sealed(self.key, topic, payload)

    def of_letter(self, letter: Letter, kept: Kept) -> tuple[str, bytes]:
        """Return topic and payload of a letter that leaves now.

        Raises:
            UnreadableMessageError: another version of this program has kept it.
        """
        topic, body = self._dressed(letter, kept)
        self._sent_bodies[body_sha256(body)] = letter
        if len(self._sent_bodies) > _REMEMBERED_BODIES:
            self._sent_bodies.popitem(last=False)
        return topic, seal(self.key, topic, body)

    def letter_of(self, sha256: str) -> Letter | None:
        """Return the letter that left with a body of this name."""
        return self._sent_bodies.get(sha256)

    def _dressed(self, letter: Letter, kept: Kept) -> tuple[str, bytes]:
        if letter.kind is StoredKind.MEDIA:
            return self.topic(topics.MEDIA, letter.id), kept.body
        if letter.kind is StoredKind.SAMPLE:
            return self.topic(topics.SAMPLES), kept.body
        message = read_message(DetectionMessage, kept.body)
        sent = as_of_now(message, kept, datetime.now(UTC), Steady.now())
        return self.topic(topics.DETECTIONS), sent.to_body()
