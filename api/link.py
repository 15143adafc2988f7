"""The server's side of MQTT: takes what stations send, commits it, then says so.

The order is the promise: the database commits, then the station gets its storage receipt, then the
broker its acknowledgement. Killed anywhere, the message comes again, and a repeat changes nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from api.batch import Batch
from api.broker.connection import Arrived, Connection
from api.broker.provider import BrokerAddress
from api.changes.notices import notices_of
from api.changes.store import forget_before, mark_told, untold_alerts
from api.database import Database
from api.fleet.telling import FleetTeller
from api.inbox import Inbox
from api.metrics import Metrics
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import STORED, site_alerts

_log = logging.getLogger(__name__)

BATCH_MESSAGES = 1_000
BATCH_GATHER_S = 0.005  # a moment more, and each question is asked for several sightings
TELL_MESSAGES = 200
LOOK_EVERY_S = 1.0  # for alerts that another process raised or a person answered
TOLD_WITHIN_S = 5.0
FAILS_AFTER_TRIES = 3  # a database that starts again is no trouble yet
TRY_AGAIN_S = (0.1, 0.5, 1.0, 2.0, 5.0)
CHANGES_KEPT = timedelta(days=7)
SWEEP_EVERY = timedelta(hours=1)


class Link:
    """Works until cancelled. `after_commit` wakes the stream and the dispatcher of this process."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        metrics: Metrics,
        *,
        clock: Callable[[], datetime],
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._metrics = metrics
        self._clock = clock
        self._after_commit = after_commit
        self._connection: Connection | None = None
        self._swept_at: datetime | None = None
        self._tries_in_vain = 0
        self._fleet = FleetTeller(database, clock=clock)

    @property
    def is_connected(self) -> bool:
        """Whether there is a broker at the moment."""
        return self._connection is not None and self._connection.is_connected

    @property
    def is_subscribed(self) -> bool:
        """Whether what stations say comes here."""
        return self._connection is not None and self._connection.subscribed.is_set()

    @property
    def is_storing(self) -> bool:
        """Whether what stations say can be kept; not while the disk is full, to name one reason."""
        return self._tries_in_vain < FAILS_AFTER_TRIES

    async def run(self, address: BrokerAddress, *, client_id: str, share: str | None) -> None:
        """Connect and work; the connection comes back by itself."""
        opened = Connection.open(address, client_id=client_id, share=share)
        async with opened as connection, asyncio.TaskGroup() as tasks:
            self._connection = connection
            tasks.create_task(self._take_batches(connection))
            tasks.create_task(self._tell_alerts(connection))

    async def _take_batches(self, connection: Connection) -> None:
        while True:
            arrived = await connection.batch(
                at_most=BATCH_MESSAGES, gather_s=BATCH_GATHER_S, within_s=LOOK_EVERY_S
            )
            self._metrics.link_connected.set(connection.is_connected)
            if arrived:
                await self._take(connection, arrived)

    async def _take(self, connection: Connection, arrived: Sequence[Arrived]) -> None:
        try:
            batch = await self._commit(arrived)
        except Exception:  # noqa: BLE001 - the top of a worker's loop
            _log.exception("a batch failed; nothing of it is confirmed, its stations send again")
            await asyncio.sleep(1)
            connection.let_go(arrived)
        else:
            self._confirm(connection, batch, arrived)

    async def _commit(self, arrived: Sequence[Arrived]) -> Batch:
        """Commit a batch; a database that is away is waited for, nothing is confirmed meanwhile."""
        self._tries_in_vain = 0
        while True:
            try:
                with self._metrics.batch_seconds.time():
                    async with self._database.transaction(brief=True) as session:
                        batch = await self._inbox.take(session, arrived, self._clock())
            except (OperationalError, InterfaceError) as error:
                tries = self._tries_in_vain
                if tries == 0:
                    _log.warning("the database takes nothing; trying again: %s", error.orig)
                self._tries_in_vain += 1
                self._metrics.link_storing.set(self.is_storing)
                await asyncio.sleep(TRY_AGAIN_S[min(tries, len(TRY_AGAIN_S) - 1)])
            else:
                if self._tries_in_vain:
                    _log.info("the database takes it after %s tries in vain", self._tries_in_vain)
                self._tries_in_vain = 0
                self._metrics.link_storing.set(1)
                return batch

    def _confirm(self, connection: Connection, batch: Batch, arrived: Sequence[Arrived]) -> None:
        for station, receipt in batch.receipts():
            topic = STORED.of(station.site_id, station.name_id)
            sealed = seal(station.key, topic, receipt.to_body())
            connection.publish(topic, sealed, qos=STORED.qos)
        connection.acknowledge(arrived)
        for kind, count in batch.kinds.items():
            self._metrics.messages.labels(kind).inc(count)
        for (_, code), count in batch.rejected.items():
            self._metrics.quarantined.labels(code).inc(count)
        self._after_commit()

    async def _tell_alerts(self, connection: Connection) -> None:
        """Tell each site's alerts topic what became of its alerts, at least once each."""
        while True:
            with suppress(OperationalError, InterfaceError):  # the batches say it
                while connection.is_connected and await self._tell_some(connection):
                    pass
                await self._fleet.tell(connection)
                await self._sweep()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tell_some(self, connection: Connection) -> bool:
        """Tell what waits; whether there is certainly more."""
        async with self._database.reading(brief=True) as session:
            changes = await untold_alerts(session, limit=TELL_MESSAGES)
            notices = await notices_of(session, [change.subject_id for change in changes])
        told = []
        for change in changes:
            notice = notices.get(change.subject_id)
            topic = site_alerts(change.site_id)
            if notice is not None and not await connection.publish_surely(
                topic, notice.to_body(), within_s=TOLD_WITHIN_S
            ):
                break
            told.append(change.id)
        if told:
            async with self._database.transaction(brief=True) as session:
                await mark_told(session, told, self._clock())
        return len(told) == TELL_MESSAGES

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        async with self._database.transaction() as session:
            await forget_before(session, now - CHANGES_KEPT)
