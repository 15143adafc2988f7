"""The audit log over HTTP: administrators read it, nobody writes it by itself."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.audit.store import Area, newest
from api.audit.tables import AuditEntry
from api.dependencies import Transaction, require
from api.tables import Person, Role
from api.text import LARGEST_ID

router = APIRouter(tags=["people"])

_Number = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class AuditView(BaseModel):
    """One change. `by` is a name, or "command line"; `before` and `after` depend on the action."""

    id: int
    at: datetime
    by: str
    by_id: int | None
    action: str
    subject: str
    about: str | None
    about_id: int | None
    before: Any
    after: Any


class AuditPage(BaseModel):
    """Changes, the newest first; `next` is the `before` of the page after it, if any."""

    entries: list[AuditView]
    next: int | None


@router.get("/audit")
async def read_audit(
    session: Transaction,
    person: Annotated[Person, require(Role.ADMINISTRATOR)],
    area: Area | None = None,
    person_id: _Number = None,
    before: _Number = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """Return who changed what at the site: of one area, or of and about one person."""
    rows = await newest(
        session, person.site_id, area=area, person_id=person_id, before_id=before, limit=limit + 1
    )
    entries = [_view(entry, doer, other) for entry, doer, other in rows[:limit]]
    return AuditPage(entries=entries, next=entries[-1].id if len(rows) > limit else None)


def _view(entry: AuditEntry, doer: str | None, other: str | None) -> AuditView:
    return AuditView(
        id=entry.id,
        at=entry.at,
        by=doer if doer is not None else "command line",
        by_id=entry.person_id,
        action=entry.action,
        subject=entry.subject,
        about=other,
        about_id=entry.about_id,
        before=entry.before,
        after=entry.after,
    )
