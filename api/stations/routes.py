"""Stations over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from api.dependencies import Now, Transaction, require
from api.stations.views import StationView, station_views
from api.tables import Person, Role

router = APIRouter(tags=["stations"])


class Stations(BaseModel):
    """All stations of the asker's site."""

    stations: list[StationView]


@router.get("/stations")
async def list_stations(
    session: Transaction, moment: Now, person: Annotated[Person, require(Role.RANGER)]
) -> Stations:
    """Return the stations of the site, by name."""
    views = await station_views(session, person.site_id, moment)
    return Stations(stations=list(views.values()))
