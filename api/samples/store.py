"""Rows of frames below the threshold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.samples.tables import Sample
from api.tables import Station
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.samples import SampleMessage, Stratum


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which samples of a site; `before` is the last one of the page before."""

    station: str | None = None
    stratum: Stratum | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, str] | None = None


async def add_sample(
    session: AsyncSession,
    station: Station,
    message: SampleMessage,
    media_sha256: str | None,
    now: datetime,
) -> None:
    """Keep a sample; the same again changes nothing.

    Raises:
        UnreadableMessageError: the id is another station's.
    """
    statement = insert_into(session, Sample).values(
        id=str(message.id),
        site_id=station.site_id,
        station_id=station.id,
        deployment_id=message.deployment_id,
        captured_at=message.captured_at,
        received_at=now,
        clock=message.clock.value,
        lighting=message.lighting.value,
        release=message.release,
        threshold=message.threshold,
        floor=message.floor,
        score=message.score,
        boxes=[box.model_dump(mode="json", exclude_none=True) for box in message.boxes],
        stratum=message.stratum.value,
        window_began_at=message.window_began_at,
        inclusion_probability=message.inclusion_probability,
        media_sha256=media_sha256,
        simulated=message.simulated,
    )
    await session.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    wanted = select(Sample.station_id).where(Sample.id == str(message.id))
    if await session.scalar(wanted) != station.id:
        raise UnreadableMessageError("the sample's id is another station's")


async def samples_of(
    session: AsyncSession, site_id: str, wanted: Wanted, *, limit: int
) -> list[tuple[Sample, Station]]:
    """Return the wanted samples of a site with their stations, the last captured first."""
    at = Sample.captured_at
    statement = (
        select(Sample, Station)
        .join(Station, Station.id == Sample.station_id)
        .where(Sample.site_id == site_id)
        .order_by(at.desc(), Sample.id.desc())
        .limit(limit)
    )
    if wanted.station is not None:
        statement = statement.where(Station.name_id == wanted.station)
    if wanted.stratum is not None:
        statement = statement.where(Sample.stratum == wanted.stratum.value)
    if wanted.since is not None:
        statement = statement.where(at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(at < wanted.until)
    if wanted.before is not None:
        moment, last_id = wanted.before
        statement = statement.where(or_(at < moment, and_(at == moment, Sample.id < last_id)))
    return [(row[0], row[1]) for row in await session.execute(statement)]
