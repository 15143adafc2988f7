"""Frames below the threshold over HTTP, for researchers and operators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from api.alerts.view import NamedStation, media_url
from api.dependencies import Transaction, require
from api.errors import InvalidError
from api.samples.store import Wanted, samples_of
from api.samples.tables import Sample
from api.tables import Person, Role, Station
from edge_agent.contracts.samples import Stratum

router = APIRouter(tags=["samples"])


class SampleView(BaseModel):
    """One frame in which no elephant was believed; `boxes` have label, confidence and box.

    It stands for 1 / `inclusion_probability` frames. `score` is that of its surest box.
    """

    id: str
    station: NamedStation
    deployment_id: str
    captured_at: datetime
    lighting: str
    release: str
    threshold: float
    floor: float
    score: float
    boxes: list[dict[str, Any]]
    stratum: str
    window_began_at: datetime
    inclusion_probability: float
    media_url: str | None
    simulated: bool


class Samples(BaseModel):
    """A page of samples; `next` is the `before` of the following one."""

    samples: list[SampleView]
    next: str | None


@router.get("/samples")
async def list_samples(
    session: Transaction,
    person: Annotated[Person, require(Role.RESEARCHER)],
    station: Annotated[str | None, Query(max_length=40)] = None,
    stratum: Stratum | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=120)] = None,
) -> Samples:
    """Return the site's samples that were captured from `since` until `until`, the newest first."""
    last = _read_cursor(before) if before is not None else None
    wanted = Wanted(station=station, stratum=stratum, since=since, until=until, before=last)
    rows = await samples_of(session, person.site_id, wanted, limit=limit + 1)
    page = [_view(*row) for row in rows[:limit]]
    following = f"{page[-1].captured_at.isoformat()}~{page[-1].id}" if len(rows) > limit else None
    return Samples(samples=page, next=following)


def _view(sample: Sample, station: Station) -> SampleView:
    return SampleView(
        id=sample.id,
        station=NamedStation(id=station.name_id, name=station.name),
        deployment_id=sample.deployment_id,
        captured_at=sample.captured_at,
        lighting=sample.lighting,
        release=sample.release,
        threshold=sample.threshold,
        floor=sample.floor,
        score=sample.score,
        boxes=sample.boxes,
        stratum=sample.stratum,
        window_began_at=sample.window_began_at,
        inclusion_probability=sample.inclusion_probability,
        media_url=media_url(sample.media_sha256) if sample.media_sha256 else None,
        simulated=sample.simulated,
    )


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _, sample_id = cursor.partition("~")
    try:
        captured_at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError as error:
        raise InvalidError("`before` is not a cursor of this list") from error
    if captured_at.tzinfo is None or not sample_id:
        raise InvalidError("`before` is not a cursor of this list")
    return captured_at, sample_id
