"""A detection as rangers and researchers see it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import NamedStation, media_url
from api.errors import InvalidError
from api.tables import Detection, Event, Media, Station


class DetectionView(BaseModel):
    """One sighting; each animal has label, confidence, box and touches_edge."""

    id: str
    revision: int
    station: NamedStation
    deployment_id: str
    captured_at: datetime
    received_at: datetime
    lighting: str
    release: str
    threshold: float
    animals: list[dict[str, Any]]
    media_url: str | None
    event_id: int | None
    herd_id: int | None
    historical: bool
    simulated: bool


async def detection_views(
    session: AsyncSession, detection_ids: Sequence[str], site_id: str
) -> list[DetectionView]:
    """Return these detections of the site, in the order asked; unknown ones are left out."""
    rows = await session.execute(_wanted(site_id).where(Detection.id.in_(detection_ids)))
    found = {view.id: view for view in _views(rows)}
    return [found[key] for key in detection_ids if key in found]


async def detection_page(
    session: AsyncSession, site_id: str, limit: int, before: str | None
) -> tuple[list[DetectionView], str | None]:
    """Return a page of detections, the newest first, and the cursor of the next page if any.

    Raises:
        InvalidError: `before` is no cursor that this function gave.
    """
    wanted = _wanted(site_id).order_by(Detection.captured_at.desc(), Detection.id.desc())
    if before is not None:
        captured_at, detection_id = _read_cursor(before)
        at = Detection.captured_at
        wanted = wanted.where(
            or_(at < captured_at, and_(at == captured_at, Detection.id < detection_id))
        )
    views = _views(await session.execute(wanted.limit(limit + 1)))
    page = views[:limit]
    return page, _cursor(page[-1]) if len(views) > limit else None


async def detections_of_events(
    session: AsyncSession, event_ids: Sequence[int], site_id: str
) -> dict[int, list[DetectionView]]:
    """Return the frames of each of these events, in the order of their capture."""
    wanted = _wanted(site_id).where(Detection.event_id.in_(event_ids))
    rows = await session.execute(wanted.order_by(Detection.captured_at, Detection.id))
    found: dict[int, list[DetectionView]] = {}
    for view in _views(rows):
        if view.event_id is not None:
            found.setdefault(view.event_id, []).append(view)
    return found


def _wanted(site_id: str) -> Any:  # SQLAlchemy 2.0 and 2.1 spell the type differently
    return (
        select(Detection, Station, Media.sha256, Event.herd_id)
        .join(Station, Station.id == Detection.station_id)
        .outerjoin(Event, Event.id == Detection.event_id)
        .outerjoin(
            Media, and_(Media.sha256 == Detection.media_sha256, Media.site_id == Detection.site_id)
        )
        .where(Detection.site_id == site_id)
        .execution_options(populate_existing=True)
    )


def _views(rows: Iterable[Any]) -> list[DetectionView]:
    return [_view(*row) for row in rows]


def _view(
    detection: Detection, station: Station, sha256: str | None, herd_id: int | None
) -> DetectionView:
    return DetectionView(
        id=detection.id,
        revision=detection.revision,
        station=NamedStation(id=station.name_id, name=station.name),
        deployment_id=detection.deployment_id,
        captured_at=detection.captured_at,
        received_at=detection.received_at,
        lighting=detection.lighting,
        release=detection.release,
        threshold=detection.threshold,
        animals=[
            {name: animal[name] for name in ("label", "confidence", "box", "touches_edge")}
            for animal in detection.animals
        ],
        media_url=media_url(sha256) if sha256 else None,
        event_id=detection.event_id,
        herd_id=herd_id,
        historical=detection.historical,
        simulated=detection.simulated,
    )


def _cursor(last: DetectionView) -> str:
    return f"{last.captured_at.isoformat()}~{last.id}"


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _, detection_id = cursor.partition("~")
    try:
        captured_at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError as error:
        raise InvalidError("`before` is not a cursor of this list") from error
    if captured_at.tzinfo is None or not detection_id:
        raise InvalidError("`before` is not a cursor of this list")
    return captured_at, detection_id
