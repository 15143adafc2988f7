"""What one batch of messages causes in the database: each is read, handled, or kept apart.

One transaction per batch. Its detections are told together; if that fails, one by one, each in a
savepoint as everything else is: a message that cannot be read, trusted or handled takes nothing
else with it. A database that fails takes the whole batch; it is tried again.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from api.batch import (
    Batch,
    Letter,
    RejectedError,
    address_on,
    is_our_own,
    name_of,
    opened,
    quarantined,
    unreadable,
)
from api.broker.connection import Arrived
from api.events.rules import Timings
from api.fleet.hearing import hear_healths
from api.fleet.store import hear_config, hear_update
from api.geofences.fence_maps import FenceMaps
from api.media.folder import MediaFolder
from api.media.keeping import keep_media
from api.pipeline import handle_detections, handle_picture
from api.quarantine.rules import FloodGate, ReasonCode
from api.quarantine.store import NOBODY, count_more, keep
from api.samples.store import add_sample
from api.sites.store import lock_site
from api.stations.store import StationName, hear_from, hear_status, stations_named
from api.tables import Site, Station
from edge_agent.contracts.configuration import ReportedConfig
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import (
    AnyMessage,
    DetectionMessage,
    HealthMessage,
    StatusMessage,
    StoredItem,
    StoredKind,
    body_sha256,
    read_media,
    read_message,
)
from edge_agent.contracts.samples import SampleMessage
from edge_agent.contracts.topics import (
    CONFIG_REPORTED,
    DETECTIONS,
    HEALTH,
    MEDIA,
    SAMPLES,
    STATUS,
    UPDATE_REPORTED,
    Topic,
)
from edge_agent.contracts.updates import UpdateReport

_log = logging.getLogger(__name__)

_AWAY = (OperationalError, InterfaceError)  # the database fails, not the message

Sighted = tuple[Letter, DetectionMessage]


class Inbox:
    """Takes batches; holds what is the same for all of them."""

    def __init__(self, media: MediaFolder, timings: Timings) -> None:
        self._media = media
        self._timings = timings
        self._maps = FenceMaps()
        self._flood = FloodGate()

    async def take(self, session: AsyncSession, arrived: Sequence[Arrived], now: datetime) -> Batch:
        """Do everything these messages cause, in the caller's transaction. Safe to repeat.

        Raises:
            OperationalError, InterfaceError: the database fails; nothing of the batch was done.
        """
        batch = Batch()
        await self._open_and_handle(session, batch, arrived, now)
        await self._keep_apart(session, batch, now)
        return batch

    async def take_again(
        self, session: AsyncSession, arrived: Arrived, received_at: datetime, now: datetime
    ) -> Batch:
        """Do everything a message causes that was kept apart when it first came.

        Nothing is kept apart or counted once more; what rejects it is in the batch.
        """
        batch = Batch(received_at=received_at)
        await self._open_and_handle(session, batch, [arrived], now)
        return batch

    async def _open_and_handle(
        self, session: AsyncSession, batch: Batch, arrived: Sequence[Arrived], now: datetime
    ) -> None:
        heard = [message for message in arrived if not is_our_own(message.topic)]
        addresses = [address_on(message.topic) for message in heard]
        stations = await stations_named(session, {name_of(each) for each in addresses if each})
        batch.stations = {station.id: station for station in stations.values()}
        # Sites in one order, everywhere: two links cannot then wait for each other.
        for site_id in sorted({station.site_id for station in stations.values()}):
            await lock_site(session, site_id)

        letters = _open_all(batch, heard, stations)
        await hear_from(session, [each.station for each in letters if each.is_alive], now)
        # First: it shows how wrong a station's clock is, by which its sightings are read.
        await self._hear_healths(session, batch, letters, now)
        await self._tell_detections(session, batch, letters, now)
        for letter in letters:
            if letter.address.topic not in (HEALTH, DETECTIONS):
                await self._take_one(session, batch, letter, now)

    async def _hear_healths(
        self, session: AsyncSession, batch: Batch, letters: Sequence[Letter], now: datetime
    ) -> None:
        told = _read(HEALTH, HealthMessage, batch, letters)
        if not told:
            return
        heard = [(letter.station, message) for letter, message in told]
        try:
            async with session.begin_nested():
                await hear_healths(session, heard, now)
        except _AWAY:
            raise
        except Exception:  # noqa: BLE001 - whatever it is: one of them shall not stop the others
            _log.exception("%s reports of health failed together; now one by one", len(told))
            for station in {station for station, _ in heard}:
                await session.refresh(station)
            for letter, _ in told:
                await self._take_one(session, batch, letter, now)
        else:
            for letter, _ in told:
                batch.done(letter, None)

    async def _tell_detections(
        self, session: AsyncSession, batch: Batch, letters: Sequence[Letter], now: datetime
    ) -> None:
        sighted = _read(DETECTIONS, DetectionMessage, batch, letters)
        if not sighted:
            return
        try:
            await self._tell(session, batch, sighted, now)
        except _AWAY:
            raise
        except Exception:  # noqa: BLE001 - whatever it is: one of them shall not stop the others
            _log.exception("%s sightings failed together; now one by one", len(sighted))
            for each in sighted:
                await self._tell_alone(session, batch, each, now)

    async def _tell_alone(
        self, session: AsyncSession, batch: Batch, sighted: Sighted, now: datetime
    ) -> None:
        try:
            await self._tell(session, batch, [sighted], now)
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - our own fault, kept for inspection
            station = sighted[0].station
            _log.exception("a sighting of %s/%s failed", station.site_id, station.name_id)
            batch.reject(sighted[0].arrived, RejectedError(ReasonCode.FAILED, repr(error)), station)

    async def _tell(
        self, session: AsyncSession, batch: Batch, sighted: Sequence[Sighted], now: datetime
    ) -> None:
        heard = [(letter.station, message) for letter, message in sighted]
        async with session.begin_nested():
            refused = await handle_detections(
                session, heard, now, self._timings, self._maps, batch.received_at
            )
        for number, (letter, message) in enumerate(sighted):
            error = refused.get(number)
            if error is not None:
                batch.reject(letter.arrived, unreadable(letter, error), letter.station)
                continue
            stored = StoredItem(
                kind=StoredKind.DETECTION, id=str(message.id), revision=message.revision
            )
            batch.done(letter, stored)

    async def _take_one(
        self, session: AsyncSession, batch: Batch, letter: Letter, now: datetime
    ) -> None:
        station = letter.station
        try:
            async with session.begin_nested():
                stored = await self._handle(session, letter, now)
        except UnreadableMessageError as error:
            await session.refresh(station)
            batch.reject(letter.arrived, unreadable(letter, error), station)
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - our own fault, kept for inspection
            await session.refresh(station)  # what was taken back with the savepoint is not known
            _log.exception("a message of %s/%s failed", station.site_id, station.name_id)
            batch.reject(letter.arrived, RejectedError(ReasonCode.FAILED, repr(error)), station)
        else:
            batch.done(letter, stored)

    async def _handle(
        self, session: AsyncSession, letter: Letter, now: datetime
    ) -> StoredItem | None:
        """Do what one authentic message asks for; return what to confirm to its station."""
        topic, station = letter.address.topic, letter.station
        if topic is MEDIA:
            return await self._keep_picture(session, letter, now)
        if topic is SAMPLES:
            return await self._keep_sample(session, letter, now)
        replayed = letter.arrived.retained
        if topic is CONFIG_REPORTED:
            config = read_message(ReportedConfig, letter.body)
            return await hear_config(session, station, config, is_replayed=replayed, now=now)
        if topic is UPDATE_REPORTED:
            update = read_message(UpdateReport, letter.body)
            await hear_update(session, station, update, is_replayed=replayed, now=now)
        elif topic is STATUS:
            status = read_message(StatusMessage, letter.body)
            await hear_status(session, station, status, is_replayed=replayed, now=now)
        elif topic is HEALTH:
            health = read_message(HealthMessage, letter.body)
            await hear_healths(session, [(station, health)], now)
        return None  # the other kinds are counted; nothing is done with them yet

    async def _keep_picture(
        self, session: AsyncSession, letter: Letter, now: datetime
    ) -> StoredItem:
        sha256, site_id = letter.address.rest or "", letter.station.site_id
        picture = read_media(sha256, letter.body)
        await keep_media(session, self._media, site_id, sha256, picture, now)
        await handle_picture(session, site_id, sha256, now)
        return StoredItem(kind=StoredKind.MEDIA, id=sha256)

    async def _keep_sample(
        self, session: AsyncSession, letter: Letter, now: datetime
    ) -> StoredItem:
        message = read_message(SampleMessage, letter.body)
        sha256 = None
        if message.picture is not None:
            sha256 = body_sha256(message.picture)
            site_id = letter.station.site_id
            await keep_media(session, self._media, site_id, sha256, message.picture, now)
        await add_sample(session, letter.station, message, sha256, now)
        return StoredItem(kind=StoredKind.SAMPLE, id=str(message.id))

    async def _keep_apart(self, session: AsyncSession, batch: Batch, now: datetime) -> None:
        """Keep and count what was rejected; of a flood only a part is kept."""
        if not batch.rejections:
            return
        addresses = (address_on(each.arrived.topic) for each in batch.rejections)
        sites = await _sites_among(session, {each.site_id for each in addresses if each})
        kept = []
        for rejection in batch.rejections:
            address = address_on(rejection.arrived.topic)
            site_id = address.site_id if address and address.site_id in sites else None
            code = rejection.error.code
            batch.rejected[site_id or NOBODY, code] += 1
            station = rejection.station
            sender = f"{site_id}/{station.name_id}" if station else site_id or NOBODY
            if self._flood.keeps(code, sender, now):
                kept.append(quarantined(rejection, site_id, now))
        await keep(session, kept)
        await count_more(session, batch.rejected)


def _open_all(
    batch: Batch, heard: Sequence[Arrived], stations: Mapping[StationName, Station]
) -> list[Letter]:
    letters = []
    for message in heard:
        address = address_on(message.topic)
        station = stations.get(name_of(address)) if address else None
        try:
            letters.append(opened(message, address, station))
        except RejectedError as error:
            batch.reject(message, error, station)
    return letters


def _read(
    topic: Topic, kind: type[AnyMessage], batch: Batch, letters: Sequence[Letter]
) -> list[tuple[Letter, AnyMessage]]:
    """Return what the letters on a topic say; those that cannot be read are kept apart."""
    told = []
    for letter in letters:
        if letter.address.topic is not topic:
            continue
        try:
            told.append((letter, read_message(kind, letter.body)))
        except UnreadableMessageError as error:
            batch.reject(letter.arrived, unreadable(letter, error), letter.station)
    return told


async def _sites_among(session: AsyncSession, site_ids: set[str]) -> set[str]:
    if not site_ids:
        return set()
    return set(await session.scalars(select(Site.id).where(Site.id.in_(site_ids))))
