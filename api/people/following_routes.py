"""What a person follows and wishes, over HTTP."""

from datetime import datetime, time, timedelta
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from api.dependencies import Now, SignedIn, Transaction
from api.people import following, store
from api.people.views import FollowedGeofence
from api.text import LARGEST_ID

router = APIRouter(tags=["people"])

GeofenceId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Following(BaseModel):
    """Geofences whose alerts are to be the asker's."""

    geofence_ids: Annotated[list[GeofenceId], Field(max_length=500)]


class FollowedList(BaseModel):
    """What a person follows, by name."""

    geofences: list[FollowedGeofence]


class QuietHours(BaseModel):
    """From and until, by the site's clock; may go across midnight."""

    start: time
    end: time

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("quiet hours are by the site's clock: leave the offset out")
        if _minute(self.start) == _minute(self.end):
            raise ValueError("quiet hours begin and end at different minutes")
        return self


class WishesView(BaseModel):
    """When not to ring for less than danger. Danger always rings."""

    quiet_hours: QuietHours | None = None
    cooldown_min: Annotated[int, Field(ge=0, le=1440)] = 0


class NewCell(BaseModel):
    """An H3 cell, or a place of which only the cell around it is kept; and for how long."""

    cell: Annotated[str, Field(pattern="^[0-9a-fA-F]{15}$")] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    hours: Annotated[int, Field(ge=1, le=24)] = 12

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        is_place = self.latitude is not None and self.longitude is not None
        if (self.cell is None) != is_place:
            raise ValueError("give a cell, or a latitude and a longitude")
        return self


class CellView(BaseModel):
    """All that the server knows of where somebody is."""

    cell: str | None
    resolution: int = following.CELL_RESOLUTION
    edge_m: int = following.CELL_EDGE_M
    expires_at: datetime | None


@router.put("/me/geofences")
async def follow(body: Following, session: Transaction, person: SignedIn) -> FollowedList:
    """Follow these geofences and no others."""
    await following.follow(session, person, body.geofence_ids)
    rows = await store.followed_geofences(session, person)
    return FollowedList(geofences=[FollowedGeofence.model_validate(row) for row in rows])


@router.get("/me/wishes")
async def wishes(session: Transaction, person: SignedIn) -> WishesView:
    """Return when the asker does not want to be rung."""
    found = await following.wishes_of(session, person.id)
    if found is None:
        return WishesView()
    quiet = None
    if found.quiet_from_min is not None and found.quiet_until_min is not None:
        quiet = QuietHours(start=_time(found.quiet_from_min), end=_time(found.quiet_until_min))
    return WishesView(quiet_hours=quiet, cooldown_min=found.cooldown_s // 60)


@router.put("/me/wishes", status_code=204)
async def set_wishes(body: WishesView, session: Transaction, person: SignedIn) -> None:
    """Keep quiet then, and for so long after an alarm, unless there is danger."""
    quiet = body.quiet_hours
    minutes = (_minute(quiet.start), _minute(quiet.end)) if quiet is not None else None
    await following.set_wishes(session, person.id, minutes, timedelta(minutes=body.cooldown_min))


@router.get("/me/cell")
async def shared_cell(session: Transaction, person: SignedIn, now: Now) -> CellView:
    """Return roughly where the server believes the asker to be."""
    found = await following.cell_of(session, person.id, now)
    if found is None:
        return CellView(cell=None, expires_at=None)
    return CellView(cell=found.cell, expires_at=found.expires_at)


@router.put("/me/cell")
async def share_cell(body: NewCell, session: Transaction, person: SignedIn, now: Now) -> CellView:
    """Let herds near the asker ring too, for some hours. Only the cell is kept, and only one."""
    if body.cell is not None:
        cell = following.checked_cell(body.cell)
    else:
        cell = following.cell_at(body.latitude or 0.0, body.longitude or 0.0)
    expires_at = now + timedelta(hours=body.hours)
    await following.share_cell(session, person, cell, expires_at, now)
    return CellView(cell=cell, expires_at=expires_at)


@router.delete("/me/cell", status_code=204)
async def forget_cell(session: Transaction, person: SignedIn) -> None:
    """Forget where the asker is."""
    await following.forget_cell(session, person.id)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)
