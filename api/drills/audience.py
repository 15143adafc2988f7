"""Whose bell an alert is: an open app shows all of its site's, and rings for its person's own."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.drills.tables import Drill, DrillPerson
from api.geofences.store import followed_by
from api.tables import Alert, Delivery, Person, Phone


async def rings_for(
    session: AsyncSession, alert_ids: Sequence[str], person: Person
) -> frozenset[str]:
    """Return those of the alerts for which the person's open app rings.

    A drill rings for those it is for. Anything else for who follows its place, for who follows none
    (a ranger on duty hears all), and for whom it was sent to for another reason.
    """
    follows = await followed_by(session, person.id)
    theirs = select(Phone.id).where(Phone.person_id == person.id)
    wanted = (
        select(
            Alert.id,
            Alert.geofence_id,
            Drill.id.label("drill"),
            DrillPerson.person_id.label("drilled"),
            select(Delivery.id)
            .where(Delivery.alert_id == Alert.id, Delivery.phone_id.in_(theirs))
            .exists()
            .label("delivered"),
        )
        .outerjoin(Drill, Drill.herd_id == Alert.herd_id)
        .outerjoin(
            DrillPerson,
            (DrillPerson.alert_id == Alert.id) & (DrillPerson.person_id == person.id),
        )
        .where(Alert.id.in_(alert_ids))
    )
    return frozenset(
        row.id
        for row in await session.execute(wanted)
        if _is_theirs(
            is_followed=not follows or row.geofence_id in follows,
            is_drill=row.drill is not None,
            is_drilled=row.drilled is not None,
            is_delivered=row.delivered,
        )
    )


def _is_theirs(*, is_followed: bool, is_drill: bool, is_drilled: bool, is_delivered: bool) -> bool:
    return is_drilled if is_drill else is_followed or is_delivered
