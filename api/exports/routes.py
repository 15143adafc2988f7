"""Exports over HTTP: asked for here, made as jobs."""

from typing import Annotated

from fastapi import APIRouter

from api.dependencies import Now, Transaction, require
from api.exports.making import EXPORT, ExportWish
from api.jobs.routes import JobView, view_of
from api.jobs.store import add_job
from api.tables import Person, Role

router = APIRouter(tags=["exports"])


@router.post("/exports", status_code=202)
async def ask_for_export(
    wish: ExportWish,
    session: Transaction,
    person: Annotated[Person, require(Role.RESEARCHER)],
    moment: Now,
) -> JobView:
    """Ask for an export; it is made in the background, and only the asker can fetch the file."""
    job = await add_job(session, person, EXPORT, wish.model_dump(mode="json"), moment)
    return view_of(job)
