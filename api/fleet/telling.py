"""Tells stations what they shall be: retained, sealed with each station's key.

Whatever is new is told at once; after a new connection everything is told again, because the broker
may have lost its memory, and a station takes a repeat for what it is.
"""

from collections.abc import Callable
from datetime import datetime

from api.broker.connection import Connection
from api.database import Database
from api.fleet.store import mark_told, newest_configs, newest_offers
from api.fleet.tables import ReleaseOffer, StationConfig
from api.tables import Station
from edge_agent.contracts.configuration import DesiredConfig
from edge_agent.contracts.messages import Message
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import CONFIG_DESIRED, UPDATE_OFFER, Topic
from edge_agent.contracts.updates import UpdateOffer

TOLD_WITHIN_S = 5.0


class FleetTeller:
    """Used by one link; remembers over which connection everything was told."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._told_over = 0

    async def tell(self, connection: Connection) -> None:
        """Tell what waits; what the broker does not take is tried the next time."""
        if not connection.is_connected:
            return
        generation = connection.generation
        again = self._told_over != generation
        async with self._database.reading() as session:
            configs = await newest_configs(session, only_untold=not again)
            offers = await newest_offers(session, only_untold=not again)
        waiting: list[tuple[StationConfig | ReleaseOffer, Station]] = [*configs, *offers]
        told = [row for row, station in waiting if await self._tell_one(connection, row, station)]
        if told:
            async with self._database.transaction() as session:
                await mark_told(session, told, self._clock())
        if len(told) == len(waiting):
            self._told_over = generation

    async def _tell_one(
        self, connection: Connection, row: StationConfig | ReleaseOffer, station: Station
    ) -> bool:
        kind, message = _message_of(row, station)
        topic = kind.of(station.site_id, station.name_id)
        sealed = seal(station.key, topic, message.to_body())
        return await connection.publish_surely(
            topic, sealed, within_s=TOLD_WITHIN_S, retained=kind.retained
        )


def _message_of(row: StationConfig | ReleaseOffer, station: Station) -> tuple[Topic, Message]:
    if isinstance(row, ReleaseOffer):
        return UPDATE_OFFER, UpdateOffer.model_validate(row.offer)
    return CONFIG_DESIRED, DesiredConfig(
        simulated=station.simulated, version=row.version, settings=row.settings
    )
