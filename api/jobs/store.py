"""Rows of jobs: asked for, claimed by one worker, told how far they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, NotFoundError
from api.jobs.tables import Job
from api.tables import Person
from edge_agent.contracts.ids import uuid7

SILENT_AFTER = timedelta(minutes=2)
JOBS_SHOWN = 50


class JobState(StrEnum):
    """Where a job is."""

    EMPTY = "empty"  # what it works on was not handed in yet
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # by the person


async def add_job(
    session: AsyncSession, person: Person, kind: str, wishes: dict[str, Any], now: datetime
) -> Job:
    """Ask for work."""
    job = Job(
        id=str(uuid7()),
        site_id=person.site_id,
        person_id=person.id,
        kind=kind,
        wishes=wishes,
        state=JobState.WAITING.value,
        asked_at=now,
    )
    session.add(job)
    await session.flush()
    return job


async def job_of(session: AsyncSession, site_id: str, job_id: str) -> Job:
    """Return a job of the site.

    Raises:
        NotFoundError: there is none.
    """
    job = await session.get(Job, job_id, populate_existing=True)
    if job is None or job.site_id != site_id:
        raise NotFoundError("there is no such job")
    return job


async def jobs_of(session: AsyncSession, site_id: str) -> Sequence[Job]:
    """Return the site's newest jobs."""
    wanted = select(Job).where(Job.site_id == site_id).order_by(Job.asked_at.desc())
    return (await session.scalars(wanted.limit(JOBS_SHOWN))).all()


async def is_any_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether there may be something to claim: asked without taking the writer's place."""
    return await session.scalar(select(Job.id).where(_free(now)).limit(1)) is not None


def _free(now: datetime) -> Any:
    died = (Job.state == JobState.RUNNING.value) & (Job.beat_at < now - SILENT_AFTER)
    return or_(Job.state == JobState.WAITING.value, died)


async def claim(session: AsyncSession, now: datetime) -> Job | None:
    """Take the oldest job that nobody works on, or whose worker has died; None if there is none."""
    wanted = (
        select(Job)
        .where(_free(now))
        .order_by(Job.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job: Job | None = await session.scalar(wanted)
    if job is not None:
        job.state, job.beat_at, job.done = JobState.RUNNING.value, now, 0
        await session.flush()
    return job


async def beat(session: AsyncSession, job_id: str, done: int, total: int, now: datetime) -> bool:
    """Tell how far a job is; False if somebody has stopped it."""
    running = (Job.id == job_id) & (Job.state == JobState.RUNNING.value)
    told = update(Job).where(running).values(done=done, total=total, beat_at=now).returning(Job.id)
    return await session.scalar(told) is not None


async def end(
    session: AsyncSession, job_id: str, now: datetime, *, report: dict[str, Any], problem: str = ""
) -> None:
    """Keep what came of a job; one that was stopped stays stopped."""
    state = JobState.FAILED if problem else JobState.DONE
    await session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING.value)
        .values(state=state.value, report=report, problem=problem, ended_at=now)
    )


async def stop(session: AsyncSession, job: Job, now: datetime) -> None:
    """Stop a job.

    Raises:
        IllegalMoveError: it has ended.
    """
    if job.state not in {JobState.EMPTY, JobState.WAITING, JobState.RUNNING}:
        raise IllegalMoveError("this job has ended already")
    job.state, job.ended_at = JobState.STOPPED.value, now
    await session.flush()
