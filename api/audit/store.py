"""Rows of the audit log: added in the transaction of the change they tell of."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.audit.tables import AuditEntry
from api.tables import Person


class Area(StrEnum):
    """What a change is about; an action begins with one of these."""

    CONFIG = "config"
    THRESHOLD = "threshold"
    ROLLOUT = "rollout"
    RELEASE = "release"
    GEOFENCE = "geofence"
    PERSON = "person"
    INVITE = "invite"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    HOOK = "hook"
    ESCALATION = "escalation"
    REVIEW = "review"


async def note(
    session: AsyncSession,
    who: Person | str,
    action: str,
    now: datetime,
    *,
    subject: str = "",
    about: int | None = None,
    before: Any = None,
    after: Any = None,
) -> None:
    """Note that somebody changed something: both are kept, or neither.

    `who` is the person, or the site's id if it was done on the server's command line. `action` is
    an area and a verb, as in `config.wish`. `before` and `after` are JSON values without secrets
    and without people's names; `about` is the number of the person it was done to.
    """
    area, _, verb = action.partition(".")
    session.add(
        AuditEntry(
            site_id=who.site_id if isinstance(who, Person) else who,
            at=now,
            person_id=who.id if isinstance(who, Person) else None,
            action=f"{Area(area)}.{verb}",
            subject=subject[:200],
            about_id=about,
            before=before,
            after=after,
        )
    )
    await session.flush()


async def newest(
    session: AsyncSession,
    site_id: str,
    *,
    area: Area | None = None,
    person_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[tuple[AuditEntry, str | None, str | None]]:
    """Return entries, the newest first, with the names of who changed and who was changed.

    `person_id` finds both what they did and what was done to them.
    """
    doer, other = aliased(Person), aliased(Person)
    wanted = (
        select(AuditEntry, doer.name, other.name)
        .outerjoin(doer, doer.id == AuditEntry.person_id)
        .outerjoin(other, other.id == AuditEntry.about_id)
        .where(AuditEntry.site_id == site_id)
    )
    if area is not None:
        wanted = wanted.where(AuditEntry.action.startswith(f"{area}."))
    if person_id is not None:
        wanted = wanted.where(
            (AuditEntry.person_id == person_id) | (AuditEntry.about_id == person_id)
        )
    if before_id is not None:
        wanted = wanted.where(AuditEntry.id < before_id)
    rows = await session.execute(wanted.order_by(AuditEntry.id.desc()).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]
