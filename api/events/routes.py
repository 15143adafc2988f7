"""Detections over HTTP, for rangers and researchers."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.dependencies import Transaction, require
from api.events.view import DetectionView, detection_page
from api.tables import Person, Role

router = APIRouter(tags=["detections"])


class DetectionList(BaseModel):
    """A page of detections; `next` is the `before` of the following one."""

    detections: list[DetectionView]
    next: str | None


@router.get("/detections")
async def list_detections(
    session: Transaction,
    person: Annotated[Person, require(Role.RANGER)],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=120)] = None,
) -> DetectionList:
    """Return the site's detections, the newest first."""
    page, following = await detection_page(session, person.site_id, limit, before)
    return DetectionList(detections=page, next=following)
