"""The fleet over HTTP: operators tune stations, stations fetch releases."""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.audit import store as audit
from api.dependencies import Now, Settings, Transaction, require
from api.errors import InvalidError, NotFoundError
from api.fleet.rules import check_settings
from api.fleet.store import desire, history_of, offers_of, report_of, station_of
from api.fleet.views import ConfigView, OfferView, config_view, offer_view
from api.sites.store import lock_site
from api.tables import Person, Role
from edge_agent.contracts.configuration import TuningError

router = APIRouter(tags=["fleet"])
Operator = Annotated[Person, require(Role.OPERATOR)]
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Wish(BaseModel):
    """A desired config: what shall differ from the station's own file, and why."""

    settings: dict[str, Any]
    note: Annotated[str, Field(max_length=500)] = ""


class Offers(BaseModel):
    """The releases that a station was offered, the newest first."""

    running: str | None
    reported_at: datetime | None
    offers: list[OfferView]


@router.get("/stations/{station_id}/config")
async def read_config(station_id: str, session: Transaction, person: Operator) -> ConfigView:
    """Return a station's desired config, what it reports, and where the two differ."""
    station = await station_of(session, person.site_id, station_id)
    report = await report_of(session, station.id)
    return config_view(await history_of(session, station.id), report)


@router.put("/stations/{station_id}/config")
async def put_config(
    station_id: str, wish: Wish, session: Transaction, moment: Now, person: Operator
) -> ConfigView:
    """Wish a new config for a station; it is told as soon as it is there."""
    await lock_site(session, person.site_id)
    station = await station_of(session, person.site_id, station_id)
    report = await report_of(session, station.id)
    effective = (report.config or {}).get("effective") if report else None
    try:
        check_settings(wish.settings, effective)
    except TuningError as error:
        raise InvalidError(str(error), code="invalid_config") from error
    history = await history_of(session, station.id)
    before = history[0].settings if history else {}
    await desire(session, station, wish.settings, made_by=person.name, note=wish.note, now=moment)
    await audit.note(
        session,
        person,
        "config.wish",
        moment,
        subject=station_id,
        before=before,
        after=wish.settings,
    )
    return config_view(await history_of(session, station.id), report)


@router.get("/stations/{station_id}/releases")
async def read_offers(station_id: str, session: Transaction, person: Operator) -> Offers:
    """Return the releases that a station was offered, and how far each came."""
    station = await station_of(session, person.site_id, station_id)
    report = await report_of(session, station.id)
    said = (report.update if report else None) or {}
    return Offers(
        running=said.get("running"),
        reported_at=report.update_at if report else None,
        offers=[offer_view(row) for row in await offers_of(session, station.id)],
    )


@router.get("/releases/{digest}/{name}")
async def fetch_release(digest: str, name: str, settings: Settings) -> FileResponse:
    """Return one file of a published release, or a part of it. Stations sign in nowhere.

    Nothing here is secret, and what a station takes is decided by its signature.
    """
    folder = settings.releases_folder / digest
    if not _DIGEST.fullmatch(digest) or not folder.is_dir():
        raise NotFoundError("there is no such release")
    for path in folder.iterdir():
        if path.name == name:
            return FileResponse(path, media_type="application/octet-stream")
    raise NotFoundError("the release has no such file")
