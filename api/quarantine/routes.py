"""The quarantine over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Now, ServerParts, Transaction, require
from api.quarantine.store import counts_for, newest_for
from api.second_try import inbox_with, kept_apart, replay
from api.tables import Person, Role
from api.text import LARGEST_ID

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


class Again(BaseModel):
    """Which messages to try once more, by their ids."""

    ids: Annotated[
        list[Annotated[int, Field(ge=1, le=LARGEST_ID)]], Field(min_length=1, max_length=100)
    ]


class ReplayedView(BaseModel):
    """What came of one: handled and out of the quarantine, or why it stays."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    is_handled: bool
    reason: str


class ReplayedList(BaseModel):
    """What came of each, oldest message first. One that is not there (any more) is absent."""

    items: list[ReplayedView]


@router.post("/quarantine/replay")
async def replay_quarantine(
    again: Again,
    session: Transaction,
    person: Annotated[Person, require(Role.OPERATOR)],
    parts: ServerParts,
    now: Now,
) -> ReplayedList:
    """Handle messages of the asker's site as if they came once more; nobody is rung for old news.

    Each passes every check again: of use after a station was enrolled, or the server mended.
    """
    rows = await kept_apart(session, numbers=again.ids, site_id=person.site_id)
    inbox = inbox_with(parts.settings, parts.media)
    replayed = [await replay(session, inbox, row, now) for row in rows]
    return ReplayedList(items=[ReplayedView.model_validate(each) for each in replayed])
