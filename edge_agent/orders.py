"""What the server tells this station to do, besides its storage receipts."""

import logging
from collections.abc import Callable

from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError
from edge_agent.contracts.seal import open_sealed
from edge_agent.contracts.topics import Topic

_log = logging.getLogger(__name__)


class Orders:
    """Who obeys which sealed order. Filled before the link starts; called in its thread."""

    def __init__(self, site_id: str, station_id: str, key: bytes) -> None:
        self._site_id = site_id
        self._station_id = station_id
        self._key = key
        self._obeyed_by: dict[str, Callable[[bytes], None]] = {}
        self.forged = 0

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics to subscribe to."""
        return tuple(self._obeyed_by)

    def hear(self, topic: Topic, obey: Callable[[bytes], None]) -> None:
        """Have `obey` called with the body of each order on `topic` that is truly the server's.

        It is called in the link's thread and must not wait for anything.
        """
        self._obeyed_by[topic.of(self._site_id, self._station_id)] = obey

    def take(self, topic: str, payload: bytes) -> None:
        """Obey, if the order is the server's. Never raises: one bad order cannot stop the link."""
        try:
            body = open_sealed(self._key, topic, payload)
        except (ForgedMessageError, UnreadableMessageError) as error:
            self.forged += 1
            if self.forged == 1:
                _log.warning("an order on %s was ignored: %s", topic, error)
            return
        try:
            self._obeyed_by[topic](body)
        except Exception:  # noqa: BLE001 (loud: logged with its traceback)
            _log.exception("an order on %s could not be carried out", topic)
