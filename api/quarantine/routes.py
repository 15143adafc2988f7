"""The quarantine over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api.dependencies import Transaction, require
from api.quarantine.store import counts_for, newest_for
from api.tables import Person, Role

router = APIRouter(tags=["quarantine"])


class QuarantinedView(BaseModel):
    """One message that was kept apart; its bytes stay on the server."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    received_at: datetime
    topic: str
    reason_code: str
    reason: str
    size_bytes: int


class Quarantine(BaseModel):
    """Totals since the beginning, and the newest messages."""

    counts: dict[str, int]
    items: list[QuarantinedView]


@router.get("/quarantine")
async def show_quarantine(
    session: Transaction,
    person: Annotated[Person, require(Role.OPERATOR)],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Quarantine:
    """Return what could not be read or trusted at the asker's site, and what named no site."""
    items = await newest_for(session, person.site_id, limit=limit)
    return Quarantine(
        counts=await counts_for(session, person.site_id),
        items=[QuarantinedView.model_validate(item) for item in items],
    )
