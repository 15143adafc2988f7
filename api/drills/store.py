"""Whom a drill is for, and which places it can be about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.drills.rules import MOST_IN_WINDOW, WINDOW, Scope
from api.drills.tables import Drill
from api.errors import InvalidError, NotFoundError, TooManyRequestsError
from api.tables import AlertLevel, Follow, Geofence, Person, Phone


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants practised: one person, the followers of a village, or all of a site."""

    scope: Scope
    level: AlertLevel
    person_id: int | None = None
    geofence_id: int | None = None


async def check_frequency(session: AsyncSession, site_id: str, order: Order, now: datetime) -> None:
    """Keep practice from becoming noise.

    Raises:
        TooManyRequestsError: there were many drills lately.
    """
    if order.scope is Scope.PERSON:
        limit, of_kind = 10 * MOST_IN_WINDOW, Drill.scope == Scope.PERSON
    else:
        limit, of_kind = MOST_IN_WINDOW, Drill.scope != Scope.PERSON
    wanted = select(func.count()).where(
        Drill.site_id == site_id, Drill.started_at > now - WINDOW, of_kind
    )
    if (await session.scalar(wanted) or 0) >= limit:
        raise TooManyRequestsError(
            "there were many drills lately; wait a little", retry_after_s=600
        )


async def geofences_of(session: AsyncSession, site_id: str, order: Order) -> dict[int, Geofence]:
    """Return the places that a drill can be about, by id.

    Raises:
        NotFoundError: the site has no such geofence.
        InvalidError: the site has none at all.
    """
    wanted = select(Geofence).where(Geofence.site_id == site_id)
    if order.geofence_id is not None:
        wanted = wanted.where(Geofence.id == order.geofence_id)
    found = {each.id: each for each in await session.scalars(wanted)}
    if not found and order.geofence_id is not None:
        raise NotFoundError(f"this site has no geofence {order.geofence_id}")
    if not found:
        raise InvalidError("draw a geofence first: an alert is about a place")
    return found


async def people_of(session: AsyncSession, site_id: str, order: Order) -> list[int]:
    """Return whom a drill is for.

    Raises:
        NotFoundError: no such person at the site.
    """
    wanted = select(Person.id).where(Person.site_id == site_id, Person.disabled_at.is_(None))
    if order.scope is Scope.PERSON:
        found = list(await session.scalars(wanted.where(Person.id == order.person_id)))
        if not found:
            raise NotFoundError(f"there is no person {order.person_id} at this site")
        return found
    follows = select(Follow.person_id).where(Follow.person_id == Person.id)
    if order.geofence_id is not None:
        follows = follows.where(Follow.geofence_id == order.geofence_id)
        wanted = wanted.where(follows.exists())
    else:
        bell = select(Phone.id).where(Phone.person_id == Person.id, Phone.gone_at.is_(None))
        wanted = wanted.where(follows.exists() | bell.exists())
    return list(await session.scalars(wanted.order_by(Person.id)))


async def follows_of(
    session: AsyncSession, people: Sequence[int], geofences: set[int]
) -> dict[int, list[int]]:
    """Return which of these places each of the people follows; who follows none is left out."""
    wanted = select(Follow.person_id, Follow.geofence_id).where(
        Follow.person_id.in_(people), Follow.geofence_id.in_(geofences)
    )
    found: dict[int, list[int]] = {}
    for person_id, geofence_id in await session.execute(wanted):
        found.setdefault(person_id, []).append(geofence_id)
    return found
