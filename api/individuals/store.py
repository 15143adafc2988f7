"""Rows of the catalogue: who is known, by which pictures, and where each was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import media_url
from api.errors import AlreadyExistsError, NotFoundError
from api.individuals.tables import Individual, IndividualSighting, ReferencePicture
from api.tables import Detection, Event, Media, Station

SIGHTINGS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Described:
    """What people say of an individual; `digit` (1 to 9) assigns it in one key."""

    name: str
    sex: str
    life_stage: str
    notes: str
    digit: int | None


async def individuals_of(session: AsyncSession, site_id: str) -> Sequence[Individual]:
    """Return the site's catalogue: those with a key first, then by name."""
    wanted = (
        select(Individual)
        .where(Individual.site_id == site_id)
        .order_by(Individual.digit.is_(None), Individual.digit, Individual.name)
    )
    return (await session.scalars(wanted)).all()


async def individual_of(session: AsyncSession, site_id: str, number: int) -> Individual:
    """Return one of the site's catalogue.

    Raises:
        NotFoundError: it is not there.
    """
    found = await session.get(Individual, number)
    if found is None or found.site_id != site_id:
        raise NotFoundError("there is no such individual in the catalogue")
    return found


async def add_individual(
    session: AsyncSession, site_id: str, described: Described, now: datetime
) -> Individual:
    """Add an individual; whoever had its digit gives it up.

    Raises:
        AlreadyExistsError: the site knows another of that name.
    """
    await _free(session, site_id, described, but=None)
    added = Individual(site_id=site_id, added_at=now, **_values(described))
    session.add(added)
    await session.flush()
    return added


async def change_individual(
    session: AsyncSession, site_id: str, number: int, described: Described
) -> Individual:
    """Describe an individual anew; whoever had its digit gives it up.

    Raises:
        NotFoundError: it is not there.
        AlreadyExistsError: the site knows another of that name.
    """
    found = await individual_of(session, site_id, number)
    await _free(session, site_id, described, but=number)
    for name, value in _values(described).items():
        setattr(found, name, value)
    await session.flush()
    return found


async def _free(session: AsyncSession, site_id: str, described: Described, but: int | None) -> None:
    others = and_(Individual.site_id == site_id, Individual.id != (but or 0))
    taken = select(Individual.id).where(others, Individual.name == described.name)
    if await session.scalar(taken) is not None:
        raise AlreadyExistsError(f"the catalogue has a {described.name!r} already")
    if described.digit is not None:
        await session.execute(
            update(Individual).where(others, Individual.digit == described.digit).values(digit=None)
        )


def _values(described: Described) -> dict[str, Any]:
    return {
        "name": described.name,
        "sex": described.sex,
        "life_stage": described.life_stage,
        "notes": described.notes,
        "digit": described.digit,
    }


async def add_picture(
    session: AsyncSession,
    individual: Individual,
    detection_id: str,
    box: Sequence[float] | None,
    note: str,
    now: datetime,
) -> None:
    """Make a frame a reference picture; the same frame again replaces box and note.

    Raises:
        NotFoundError: the site has no such frame.
    """
    frame = await session.get(Detection, detection_id)
    if frame is None or frame.site_id != individual.site_id:
        raise NotFoundError("there is no such detection")
    await remove_picture(session, individual, detection_id)
    session.add(
        ReferencePicture(
            individual_id=individual.id,
            detection_id=detection_id,
            box=list(box) if box is not None else None,
            note=note,
            added_at=now,
        )
    )
    await session.flush()


async def remove_picture(session: AsyncSession, individual: Individual, detection_id: str) -> None:
    """Take a reference picture out of the catalogue; the frame itself stays."""
    await session.execute(
        delete(ReferencePicture).where(
            ReferencePicture.individual_id == individual.id,
            ReferencePicture.detection_id == detection_id,
        )
    )


async def pictures_of(
    session: AsyncSession, individual_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return the reference pictures of each of these individuals, the oldest first."""
    wanted = (
        select(ReferencePicture, Detection.captured_at, Media.sha256)
        .join(Detection, Detection.id == ReferencePicture.detection_id)
        .outerjoin(
            Media, and_(Media.sha256 == Detection.media_sha256, Media.site_id == Detection.site_id)
        )
        .where(ReferencePicture.individual_id.in_(individual_ids))
        .order_by(ReferencePicture.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for picture, captured_at, sha256 in await session.execute(wanted):
        found.setdefault(picture.individual_id, []).append(
            {
                "detection_id": picture.detection_id,
                "captured_at": captured_at,
                "media_url": media_url(sha256) if sha256 else None,
                "box": picture.box,
                "note": picture.note,
            }
        )
    return found


async def seen_times(session: AsyncSession, individual_ids: Sequence[int]) -> dict[int, Any]:
    """Return of each individual in how many events it was, and when last."""
    wanted = (
        select(IndividualSighting.individual_id, func.count(), func.max(Event.ended_at))
        .join(Event, Event.id == IndividualSighting.event_id)
        .where(IndividualSighting.individual_id.in_(individual_ids))
        .group_by(IndividualSighting.individual_id)
    )
    return {number: (times, last) for number, times, last in await session.execute(wanted)}


async def sightings_of(session: AsyncSession, individual: Individual) -> list[dict[str, Any]]:
    """Return where and when an individual was seen, the newest first, at most 200."""
    wanted = (
        select(Event, Station)
        .join(IndividualSighting, IndividualSighting.event_id == Event.id)
        .join(Station, Station.id == Event.station_id)
        .where(IndividualSighting.individual_id == individual.id)
        .order_by(Event.started_at.desc())
        .limit(SIGHTINGS_SHOWN)
    )
    return [
        {
            "event_id": event.id,
            "started_at": event.started_at,
            "station": {"id": station.name_id, "name": station.name},
            "herd_id": event.herd_id,
            "simulated": event.simulated,
        }
        for event, station in await session.execute(wanted)
    ]
