"""Sightings of people over HTTP."""

import asyncio
import base64
import binascii
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import media_url
from api.dependencies import Now, Parts, ServerParts, SignedIn, Transaction, require
from api.errors import InvalidError, TooLargeError, TooManyRequestsError
from api.events.rules import Timings
from api.media.store import add_media
from api.position import Position, distance_m
from api.reports import store
from api.reports.photo import LARGEST_BYTES, without_metadata
from api.reports.rules import FARTHEST_M, agrees, is_believed, seen_at, wait_s
from api.reports.tables import Report
from api.reports.telling import tell
from api.sites.store import lock_site, site_of
from api.tables import Person, Role
from edge_agent.contracts.messages import body_sha256

router = APIRouter(tags=["reports"])

Degrees = Annotated[float, Field(allow_inf_nan=False)]


class ReportBody(BaseModel):
    """What somebody saw. `id` is made on the phone, so that sending it again changes nothing.

    `seen_at` and `sent_at` are two readings of the phone's own clock, which may be wrong. `photo`
    is a JPEG in base64.
    """

    id: UUID
    count: Annotated[int, Field(ge=1, le=500)]
    heading: Literal["n", "ne", "e", "se", "s", "sw", "w", "nw"] | None = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude: Annotated[Degrees, Field(ge=-180, le=180)]
    uncertainty_m: Annotated[Degrees, Field(ge=0, le=50_000)]
    positioned: Literal["gps", "map"]
    seen_at: AwareDatetime
    sent_at: AwareDatetime
    photo: Annotated[str, Field(max_length=LARGEST_BYTES * 4 // 3 + 4)] | None = None


class ReportView(BaseModel):
    """One report. Its position is exact: only rangers and its author see it."""

    id: str
    person: str
    count: int
    heading: str | None
    latitude: float
    longitude: float
    uncertainty_m: float
    positioned: str
    seen_at: datetime
    received_at: datetime
    believed: bool
    media_url: str | None


class ReportList(BaseModel):
    """The site's reports, newest first."""

    reports: list[ReportView]


@router.post("/reports", status_code=201)
async def report_sighting(
    body: ReportBody, session: Transaction, parts: ServerParts, person: SignedIn, now: Now
) -> ReportView:
    """Keep what somebody saw and let it ring: like a camera's, or as a watch until confirmed."""
    await lock_site(session, person.site_id)
    known = await store.known_report(session, person, str(body.id))
    if known is None:
        known = await _keep(session, parts, person, body, now)
    return _view(known, person.name)


@router.get("/reports")
async def list_reports(
    session: Transaction, person: Annotated[Person, require(Role.RANGER)]
) -> ReportList:
    """Return the site's last hundred reports."""
    rows = await store.newest(session, person.site_id, limit=100)
    return ReportList(reports=[_view(report, name) for report, name in rows])


@router.post("/reports/{report_id}/confirm", status_code=204)
async def confirm_report(
    report_id: str,
    session: Transaction,
    parts: ServerParts,
    now: Now,
    person: Annotated[Person, require(Role.RANGER)],
) -> None:
    """Believe a report: it rings in full, if it is still news. Safe to repeat."""
    await lock_site(session, person.site_id)
    report = await store.report_of(session, person.site_id, report_id)
    await _believe(session, report, person.id, now, _timings(parts))


async def _keep(
    session: AsyncSession, parts: Parts, person: Person, body: ReportBody, now: datetime
) -> Report:
    seconds = wait_s(await store.received_lately(session, person.id, now), now)
    if seconds:
        raise TooManyRequestsError("that was many reports; wait a little", retry_after_s=seconds)
    await _check_place(session, person, body)
    seen = seen_at(body.seen_at, body.sent_at, now)
    if store.too_old(seen, now):
        raise InvalidError("this was more than a month ago")
    photo = without_metadata(_decoded(body.photo)) if body.photo is not None else None
    report = Report(
        id=str(body.id),
        site_id=person.site_id,
        person_id=person.id,
        latitude=body.latitude,
        longitude=body.longitude,
        uncertainty_m=body.uncertainty_m,
        positioned=body.positioned,
        count=body.count,
        heading=body.heading,
        seen_at=seen,
        received_at=now,
    )
    if photo is not None:
        report.media_sha256 = await _keep_photo(session, parts, person.site_id, photo, now)
    session.add(report)
    await session.flush()
    await _weigh(session, report, person, now, _timings(parts))
    return report


async def _weigh(
    session: AsyncSession, report: Report, person: Person, now: datetime, timings: Timings
) -> None:
    """Tell a report as far as it is believed, and believe those it bears out."""
    around = await store.spotted_around(session, report)
    own = store.spotted(report)
    if is_believed(Role(person.role), own, [spotted for _, spotted in around]):
        report.believed_at, report.believed_by = now, person.id
    await tell(session, report, now, timings)
    for other, spotted in around:
        if agrees(own, spotted):
            await _believe(session, other, person.id, now, timings)


async def _believe(
    session: AsyncSession, report: Report, person_id: int, now: datetime, timings: Timings
) -> None:
    if report.believed_at is not None:
        return
    report.believed_at, report.believed_by = now, person_id
    await session.flush()
    await tell(session, report, now, timings)


async def _check_place(session: AsyncSession, person: Person, body: ReportBody) -> None:
    site = await site_of(session, person.site_id)
    away = distance_m(
        Position(site.latitude, site.longitude), Position(body.latitude, body.longitude)
    )
    if away > FARTHEST_M:
        raise InvalidError(f"this place is {away / 1000:.0f} km from the site", code="too_far")


async def _keep_photo(
    session: AsyncSession, parts: Parts, site_id: str, photo: bytes, now: datetime
) -> str:
    sha256 = body_sha256(photo)
    await asyncio.to_thread(parts.media.keep, sha256, photo)
    await add_media(
        session,
        site_id=site_id,
        sha256=sha256,
        media_type="image/jpeg",
        size_bytes=len(photo),
        now=now,
    )
    return sha256


def _decoded(photo: str) -> bytes:
    try:
        jpeg = base64.b64decode(photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidError("the photo is not base64", code="bad_photo") from error
    if len(jpeg) > LARGEST_BYTES:
        raise TooLargeError(f"a photo may have {LARGEST_BYTES} bytes")
    return jpeg


def _timings(parts: Parts) -> Timings:
    return Timings(
        alert_horizon=timedelta(seconds=parts.settings.alert_horizon_s),
        event_silence=timedelta(seconds=parts.settings.event_silence_s),
    )


def _view(report: Report, name: str) -> ReportView:
    return ReportView(
        id=report.id,
        person=name,
        count=report.count,
        heading=report.heading,
        latitude=report.latitude,
        longitude=report.longitude,
        uncertainty_m=report.uncertainty_m,
        positioned=report.positioned,
        seen_at=report.seen_at,
        received_at=report.received_at,
        believed=report.believed_at is not None,
        media_url=media_url(report.media_sha256) if report.media_sha256 is not None else None,
    )
