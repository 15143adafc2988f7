"""Tries once more what is kept apart: after a station was enrolled, or a fault of ours mended."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.batch import address_on
from api.broker.connection import Arrived
from api.events.rules import Timings
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.quarantine.rules import MAX_KEPT_BYTES, ReasonCode
from api.settings import ServerSettings
from api.tables import Quarantined
from edge_agent.contracts.topics import HEALTH

_log = logging.getLogger(__name__)


class Replayed(NamedTuple):
    """What came of one message: handled and out of the quarantine, or why it stays there."""

    id: int
    is_handled: bool
    reason: str = ""


def inbox_with(settings: ServerSettings, media: MediaFolder) -> Inbox:
    """Return an inbox that judges as this server does."""
    timings = Timings(
        alert_horizon=timedelta(seconds=settings.alert_horizon_s),
        event_silence=timedelta(seconds=settings.event_silence_s),
    )
    return Inbox(media, timings)


async def kept_apart(
    session: AsyncSession,
    *,
    numbers: Sequence[int] = (),
    site_id: str | None = None,
    reason_code: ReasonCode | None = None,
) -> list[Quarantined]:
    """Return what is kept apart, oldest first: those of these numbers, if any are named.

    Of one site, if that is named: that is what its topics name, whether or not it was there then.
    """
    wanted = select(Quarantined).order_by(Quarantined.id)
    if numbers:
        wanted = wanted.where(Quarantined.id.in_(numbers))
    if reason_code is not None:
        wanted = wanted.where(Quarantined.reason_code == reason_code)
    found = await session.scalars(wanted)
    return [row for row in found if site_id is None or _site_named_by(row) == site_id]


async def replay(session: AsyncSession, inbox: Inbox, row: Quarantined, now: datetime) -> Replayed:
    """Handle one message as if it came once more; judged by when it came first. Safe to repeat.

    It passes every check again, its seal above all. Nobody is rung for old news.
    """
    if why_not := _why_never(row):
        return Replayed(row.id, is_handled=False, reason=why_not)
    # As an old message, so that it shows neither that its station lives nor how it is.
    again = Arrived(row.topic, row.payload, retained=True, qos=1, packet_id=0, generation=0)
    batch = await inbox.take_again(session, again, row.received_at, now)
    for rejection in batch.rejections:
        row.reason_code, row.reason = rejection.error.code, str(rejection.error)
        return Replayed(row.id, is_handled=False, reason=row.reason)
    await session.delete(row)
    await session.flush()
    _log.info("message %s of the quarantine was handled: %s", row.id, row.topic)
    return Replayed(row.id, is_handled=True)


def _why_never(row: Quarantined) -> str:
    address = address_on(row.topic)
    if row.reason_code == ReasonCode.NOT_ALLOWED:
        return "the broker turned it away, and nothing of it was kept"
    if row.size_bytes > len(row.payload):
        return f"only its first {MAX_KEPT_BYTES // 1024} kB were kept"
    if address is not None and address.topic is HEALTH:
        return "how a station was then says nothing now"
    return ""


def _site_named_by(row: Quarantined) -> str | None:
    address = address_on(row.topic)
    return address.site_id if address is not None else row.site_id
