"""Replays over HTTP: asked for here, worked through as jobs."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.dependencies import Now, Transaction, require
from api.errors import InvalidError, NotFoundError
from api.fleet.store import station_of
from api.jobs.routes import JobView, view_of
from api.jobs.store import add_job, job_of
from api.jobs.tables import Job
from api.replay.playing import REPLAY
from api.replay.store import lookings_of
from api.tables import Person, Role
from api.text import PlainText
from edge_agent.contracts.configuration import TuningError

router = APIRouter(tags=["replay"])
Operator = Annotated[Person, require(Role.OPERATOR)]
MOST_SHOWN = 20


class ReplayWish(BaseModel):
    """Which stations' last days to play, under which change; null takes a key out."""

    station_ids: Annotated[list[PlainText], Field(min_length=1, max_length=1000)]
    settings: dict[str, Any]
    days: Annotated[float, Field(gt=0, le=400)] = 30.0


class Replays(BaseModel):
    """The newest replays, without their single differences."""

    replays: list[JobView]


@router.post("/replays", status_code=201)
async def ask_for_replay(
    wish: ReplayWish, session: Transaction, moment: Now, person: Operator
) -> JobView:
    """Ask what would have been told under a change of config; the job tells how far it is."""
    for name in wish.station_ids:
        station = await station_of(session, person.site_id, name)
        try:
            await lookings_of(session, station, wish.settings)
        except TuningError as error:
            raise InvalidError(f"{name}: {error}", code="invalid_config") from error
    job = await add_job(session, person, REPLAY, wish.model_dump(mode="json"), moment)
    return view_of(job)


@router.get("/replays")
async def list_replays(session: Transaction, person: Operator) -> Replays:
    """Return the newest replays; one alone has its differences, too."""
    wanted = (
        select(Job)
        .where(Job.site_id == person.site_id, Job.kind == REPLAY)
        .order_by(Job.asked_at.desc())
        .limit(MOST_SHOWN)
    )
    views = [view_of(row) for row in await session.scalars(wanted)]
    for view in views:
        view.report = {k: v for k, v in view.report.items() if k != "differences"}
    return Replays(replays=views)


@router.get("/replays/{job_id}")
async def read_replay(job_id: str, session: Transaction, person: Operator) -> JobView:
    """Return a replay with everything that differs, at most 300."""
    job = await job_of(session, person.site_id, job_id)
    if job.kind != REPLAY:
        raise NotFoundError("there is no such replay")
    return view_of(job)
