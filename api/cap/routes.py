"""The CAP feed of a site: for its people, or for everybody where the operator says so."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.cap.areas import area_of
from api.cap.rules import CapMessage, Sender, cap_time, is_told, message_of
from api.cap.xml import atom_xml, cap_xml
from api.dependencies import API, Now, Settings, Transaction, identify
from api.errors import NotFoundError
from api.ledger.turns import Turn, earlier, turns_of
from api.settings import ServerSettings
from api.sites.store import site_of
from api.tables import Alert, Geofence, Site

router = APIRouter(tags=["open to others"])
GOES_BACK = timedelta(days=3)
MOST_ALERTS = 100
_XML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {}}}}


async def readable_site(
    site_id: str, request: Request, session: Transaction, settings: Settings, now: Now
) -> Site:
    """Return the site whose feed the asker may read.

    Raises:
        NotSignedInError: it is not public, and nobody is asking.
        NotFoundError: there is none, or it is not theirs.
    """
    if site_id not in settings.public_feeds:
        person = await identify(request, session, now)
        if person.site_id != site_id:
            raise NotFoundError("there is no such site")
    return await site_of(session, site_id)


Readable = Annotated[Site, Depends(readable_site, scope="function")]


@router.get("/sites/{site_id}/cap.atom", responses=_XML, response_class=Response)
async def feed(site: Readable, session: Transaction, settings: Settings, now: Now) -> Response:
    """Return the site's CAP messages of the last days as an Atom feed, the newest first."""
    turns = await _recent(session, site.id, now)
    found = await _messages(session, turns, turns, site, settings)
    page = atom_xml(
        reversed(found),
        title=f"{site.name}: elephant warnings",
        author=site.name,
        url=f"{settings.url}{API}/sites/{site.id}/cap.atom",
        updated=cap_time(found[-1].sent if found else now).replace("-00:00", "Z"),
    )
    return Response(page, media_type="application/atom+xml")


@router.get("/sites/{site_id}/cap/{identifier}.xml", responses=_XML, response_class=Response)
async def message(
    identifier: str, site: Readable, session: Transaction, settings: Settings
) -> Response:
    """Return one CAP 1.2 message; it never changes."""
    alert_id, _, number = identifier.rpartition(".")
    turns = [turn for turn in await turns_of(session, [alert_id]) if turn.site_id == site.id]
    wanted = [turn for turn in turns if str(turn.number) == number and is_told(turn)]
    found = await _messages(session, wanted, turns, site, settings)
    if not found:
        raise NotFoundError("there is no such message")
    return Response(cap_xml(found[0]), media_type="application/cap+xml")


async def _recent(session: AsyncSession, site_id: str, now: datetime) -> list[Turn]:
    wanted = (
        select(Alert.id)
        .where(Alert.site_id == site_id, Alert.changed_at >= now - GOES_BACK)
        .order_by(Alert.changed_at.desc())
        .limit(MOST_ALERTS)
    )
    return await turns_of(session, (await session.scalars(wanted)).all())


async def _messages(
    session: AsyncSession,
    wanted: list[Turn],
    known: list[Turn],
    site: Site,
    settings: ServerSettings,
) -> list[CapMessage]:
    numbers = {turn.geofence_id for turn in wanted}
    rows = await session.scalars(select(Geofence).where(Geofence.id.in_(numbers)))
    areas = {row.id: area_of(row.name, row.area, row.buffer_m) for row in rows}
    host = urlsplit(settings.url).hostname or "localhost"
    sender = Sender(f"{site.id}@{host}", site.name, site.id in settings.public_feeds)
    return [
        message_of(turn, earlier(known, turn), areas[turn.geofence_id], sender)
        for turn in wanted
        if is_told(turn) and turn.geofence_id in areas
    ]
