"""Reads what the night left in the database, and checks that files and ledger are sound."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database
from api.deliveries.rules import ALARMS
from api.geofences.rules import Fence, approaches
from api.position import Position
from api.tables import (
    Alert,
    Delivery,
    DeliveryState,
    Detection,
    Follow,
    Geofence,
    Phone,
    Station,
)
from tests.faults.truth import Decision, Row, Shot


@dataclass(frozen=True, slots=True)
class Stored:
    """One look into the database."""

    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    reasons: dict[str, tuple[int, str]]  # of each delivery: its geofence, and the occasion
    expected: frozenset[int]  # geofences that stored sightings came near to
    expired: int  # alarms given up because they were too old


async def shots_of(database: Database, site_id: str) -> frozenset[Shot]:
    """Return the frames of a site of which there is a sighting."""
    async with database.reading() as session:
        wanted = select(Detection.deployment_id, Detection.captured_at).where(
            Detection.site_id == site_id
        )
        return frozenset(Shot(site_id, *row) for row in await session.execute(wanted))


async def is_told(database: Database) -> bool:
    """Whether no delivery waits, and each alert was shown on each phone at its level."""
    async with database.reading() as session:
        waiting = await session.scalar(
            select(func.count()).where(Delivery.state == DeliveryState.PENDING)
        )
        silent = await session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.state == DeliveryState.SENT, Delivery.shown_at.is_(None))
        )
    return not waiting and not silent


async def read(database: Database) -> Stored:
    """Read everything that is compared."""
    async with database.reading() as session:
        detections = await session.execute(
            select(Detection.id, Detection.site_id, Detection.deployment_id, Detection.captured_at)
        )
        rows = tuple(Row(each.id, Shot(*each[1:])) for each in detections)
        decided = await session.execute(
            select(Phone.endpoint, Alert.id, Alert.geofence_id, Alert.level)
            .join(Follow, Follow.geofence_id == Alert.geofence_id)
            .join(Phone, Phone.person_id == Follow.person_id)
        )
        decisions = tuple(Decision(phone, a, g, str(level)) for phone, a, g, level in decided)
        expired = await session.scalar(
            select(func.count()).where(
                Delivery.state == DeliveryState.EXPIRED,
                Delivery.detail.is_distinct_from("overtaken"),
                Delivery.occasion.in_(ALARMS),
            )
        )
        deliveries = await session.execute(
            select(Delivery.id, Alert.geofence_id, Delivery.occasion).join(
                Alert, Alert.id == Delivery.alert_id
            )
        )
        reasons = {row.id: (row.geofence_id, str(row.occasion)) for row in deliveries}
        expected = await _expected(session)
    return Stored(rows, decisions, reasons, expected, expired or 0)


async def _expected(session: AsyncSession) -> frozenset[int]:
    """Decide anew, from the sightings alone, which geofences need an alert."""
    places = (
        select(Detection.site_id, Station.latitude, Station.longitude)
        .join(Station, Station.id == Detection.station_id)
        .where(Detection.elephants > 0, Detection.historical.is_(False))
        .distinct()
    )
    fences: dict[str, list[Fence]] = {}
    for fence in await session.scalars(select(Geofence)):
        drawn = Fence(fence.id, fence.area, fence.buffer_m, fence.watch_m)
        fences.setdefault(fence.site_id, []).append(drawn)
    return frozenset(
        approach.geofence_id
        for site_id, *place in await session.execute(places)
        for approach in approaches(Position(*place), fences.get(site_id, ()), people_beside=False)
    )


def broken_outboxes(paths: Iterable[Path]) -> list[str]:
    """Name the outboxes that are no sound SQLite files any more."""
    return [str(path) for path in paths if path.exists() and not _is_sound(path)]


def _is_sound(path: Path) -> bool:
    outbox = sqlite3.connect(path)
    try:
        return bool(outbox.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
    finally:
        outbox.close()
