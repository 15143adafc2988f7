"""What one batch of messages causes in the database: each is read, handled, or kept apart.

One transaction per batch, one savepoint per message: a message that cannot be read, trusted or
handled takes nothing else with it. A database that fails takes the whole batch; it is tried again.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from api.broker.connection import Arrived
from api.events.rules import Timings
from api.media.folder import MediaFolder
from api.media.rules import media_type_of
from api.media.store import add_media
from api.pipeline import handle_detection, handle_picture
from api.quarantine.rules import FloodGate, ReasonCode
from api.quarantine.store import NOBODY, count_more, keep
from api.sites.store import lock_site
from api.stations.store import StationName, hear_health, hear_status, stations_named
from api.tables import Quarantined, Site, Station
from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError
from edge_agent.contracts.messages import (
    MAX_BODY_BYTES,
    DetectionMessage,
    HealthMessage,
    RefusedItem,
    StatusMessage,
    StorageReceipt,
    StoredItem,
    StoredKind,
    body_sha256,
    read_media,
    read_message,
)
from edge_agent.contracts.seal import open_sealed
from edge_agent.contracts.topics import (
    DETECTIONS,
    HEALTH,
    MEDIA,
    STATUS,
    Address,
    address_of,
    is_said_by_server,
)

_log = logging.getLogger(__name__)
_SEAL_BYTES = 65
_REASON_CHARACTERS = 300


class RejectedError(Exception):
    """A message that is kept apart. `refused_body`: the station is told to stop sending it."""

    def __init__(self, code: ReasonCode, reason: str, *, refused_body: str | None = None) -> None:
        super().__init__(reason[:_REASON_CHARACTERS])
        self.code = code
        self.refused_body = refused_body


@dataclass(slots=True)
class Batch:
    """What came of a batch; told to stations and metrics after the commit."""

    stored: dict[int, list[StoredItem]] = field(default_factory=dict)  # by station
    refused: dict[int, list[RefusedItem]] = field(default_factory=dict)
    stations: dict[int, Station] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)  # scope, reason code
    kept: list[Quarantined] = field(default_factory=list)

    def receipts(self) -> list[tuple[Station, StorageReceipt]]:
        """Return what each station is to be told."""
        return [
            (
                self.stations[station_id],
                StorageReceipt(
                    simulated=self.stations[station_id].simulated,
                    items=tuple(self.stored.get(station_id, ())),
                    refused=tuple(self.refused.get(station_id, ())),
                ),
            )
            for station_id in sorted(self.stored.keys() | self.refused.keys())
        ]


class Inbox:
    """Takes batches; holds what is the same for all of them."""

    def __init__(self, media: MediaFolder, timings: Timings) -> None:
        self._media = media
        self._timings = timings
        self._flood = FloodGate()

    async def take(self, session: AsyncSession, arrived: Sequence[Arrived], now: datetime) -> Batch:
        """Do everything these messages cause, in the caller's transaction. Safe to repeat.

        Raises:
            OperationalError, InterfaceError: the database fails; nothing of the batch was done.
        """
        heard = [message for message in arrived if not is_said_by_server(message.topic)]
        addresses = [address_of(message.topic) for message in heard]
        stations = await stations_named(session, {_name(each) for each in addresses if each})
        sites = await _sites_among(session, {each.site_id for each in addresses if each})
        batch = Batch(stations={station.id: station for station in stations.values()})

        # Sites in one order, everywhere: two links cannot then wait for each other.
        for site_id in sorted({station.site_id for station in stations.values()}):
            await lock_site(session, site_id)
        for message, address in zip(heard, addresses, strict=True):
            station = stations.get(_name(address)) if address else None
            try:
                await self._take_one(session, batch, message, address, station, now)
            except RejectedError as rejected:
                known = address.site_id if address and address.site_id in sites else None
                self._keep_apart(batch, message, rejected, known, station, now)
        await keep(session, batch.kept)
        await count_more(session, batch.rejected)
        return batch

    async def _take_one(
        self,
        session: AsyncSession,
        batch: Batch,
        message: Arrived,
        address: Address | None,
        station: Station | None,
        now: datetime,
    ) -> None:
        address, station, body = _open(message, address, station)
        if not message.retained:
            station.last_seen_at = now
            await session.flush()
        try:
            async with session.begin_nested():
                stored = await self._handle(session, message, address, station, body, now)
        except UnreadableMessageError as error:
            await session.refresh(station)
            raise RejectedError(
                ReasonCode.UNREADABLE, str(error), refused_body=body_sha256(body)
            ) from error
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            _log.exception("a message of %s/%s failed", station.site_id, station.name_id)
            await session.refresh(station)
            raise RejectedError(ReasonCode.FAILED, repr(error)) from error
        batch.kinds[address.topic.name] += 1
        if stored is not None:
            batch.stored.setdefault(station.id, []).append(stored)

    async def _handle(
        self,
        session: AsyncSession,
        message: Arrived,
        address: Address,
        station: Station,
        body: bytes,
        now: datetime,
    ) -> StoredItem | None:
        """Do what one authentic message asks for; return what to confirm to its station."""
        if address.topic is DETECTIONS:
            detection = read_message(DetectionMessage, body)
            await handle_detection(session, station, detection, now, self._timings)
            return StoredItem(
                kind=StoredKind.DETECTION, id=str(detection.id), revision=detection.revision
            )
        if address.topic is MEDIA:
            return await self._keep_picture(session, station, address.rest or "", body, now)
        if address.topic is STATUS:
            status = read_message(StatusMessage, body)
            await hear_status(session, station, status, is_replayed=message.retained, now=now)
        elif address.topic is HEALTH:
            await hear_health(session, station, read_message(HealthMessage, body), now)
        return None  # the other kinds are counted; nothing is done with them yet

    async def _keep_picture(
        self, session: AsyncSession, station: Station, sha256: str, body: bytes, now: datetime
    ) -> StoredItem:
        picture = read_media(sha256, body)
        media_type = media_type_of(picture)
        if media_type is None:
            raise UnreadableMessageError("neither a JPEG nor a WebP picture")
        await asyncio.to_thread(self._media.keep, sha256, picture)
        await add_media(
            session,
            site_id=station.site_id,
            sha256=sha256,
            media_type=media_type,
            size_bytes=len(picture),
            now=now,
        )
        await handle_picture(session, station.site_id, sha256, now)
        return StoredItem(kind=StoredKind.MEDIA, id=sha256)

    def _keep_apart(
        self,
        batch: Batch,
        message: Arrived,
        rejected: RejectedError,
        site_id: str | None,
        station: Station | None,
        now: datetime,
    ) -> None:
        batch.rejected[site_id or NOBODY, rejected.code] += 1
        if rejected.refused_body is not None and station is not None:
            refused = RefusedItem(body_sha256=rejected.refused_body, reason=str(rejected))
            batch.refused.setdefault(station.id, []).append(refused)
        sender = f"{site_id}/{station.name_id}" if station else site_id or NOBODY
        if not self._flood.keeps(rejected.code, sender, now):
            return
        batch.kept.append(
            Quarantined(
                received_at=now,
                topic=message.topic,
                reason_code=rejected.code,
                reason=str(rejected),
                size_bytes=len(message.payload),
                payload=message.payload,
                site_id=site_id,
            )
        )


def _open(
    message: Arrived, address: Address | None, station: Station | None
) -> tuple[Address, Station, bytes]:
    """Return who really said what.

    Raises:
        RejectedError: nobody we know, or not in their name.
    """
    if address is None:
        raise RejectedError(ReasonCode.UNKNOWN_TOPIC, "no station speaks on such a topic")
    if station is None:
        raise RejectedError(
            ReasonCode.UNKNOWN_STATION,
            f"no station {address.station_id!r} is enrolled at a site {address.site_id!r}",
        )
    try:
        body = open_sealed(station.key, message.topic, message.payload)
    except ForgedMessageError as error:
        raise RejectedError(ReasonCode.FORGED, str(error)) from error
    except UnreadableMessageError as error:
        raise RejectedError(ReasonCode.UNSEALED, str(error)) from error
    if len(message.payload) > MAX_BODY_BYTES + _SEAL_BYTES:
        raise RejectedError(
            ReasonCode.TOO_LARGE,
            f"{len(body)} bytes; {MAX_BODY_BYTES} are allowed",
            refused_body=hashlib.sha256(body).hexdigest(),
        )
    return address, station, body


def _name(address: Address) -> StationName:
    return address.site_id, address.station_id


async def _sites_among(session: AsyncSession, site_ids: set[str]) -> set[str]:
    if not site_ids:
        return set()
    return set(await session.scalars(select(Site.id).where(Site.id.in_(site_ids))))
