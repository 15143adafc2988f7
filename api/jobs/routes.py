"""Jobs over HTTP: how far they are, what came of them, their files."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel

from api.dependencies import Now, ServerParts, Transaction, require
from api.errors import NotFoundError
from api.jobs import store
from api.jobs.tables import Job
from api.jobs.worker import folder_of
from api.tables import Person, Role
from api.text import PlainText

router = APIRouter(tags=["jobs"])

Researcher = Annotated[Person, require(Role.RESEARCHER)]
JobId = Annotated[PlainText, Path(max_length=36)]


class JobView(BaseModel):
    """Long work: `done` of `total` steps; the report tells what came of it."""

    id: str
    kind: str
    wishes: dict[str, Any]
    state: store.JobState
    done: int
    total: int
    report: dict[str, Any]
    problem: str
    asked_at: datetime
    ended_at: datetime | None


class JobList(BaseModel):
    """The newest jobs of the site."""

    jobs: list[JobView]


def view_of(job: Job) -> JobView:
    """Return a job as its site's researchers see it."""
    return JobView.model_validate(job, from_attributes=True)


@router.get("/jobs")
async def list_jobs(session: Transaction, person: Researcher) -> JobList:
    """Return the site's newest jobs."""
    rows = await store.jobs_of(session, person.site_id)
    return JobList(jobs=[view_of(row) for row in rows])


@router.get("/jobs/{job_id}")
async def show_job(job_id: JobId, session: Transaction, person: Researcher) -> JobView:
    """Return how far a job is, or what came of it."""
    return view_of(await store.job_of(session, person.site_id, job_id))


@router.post("/jobs/{job_id}/stop")
async def stop_job(job_id: JobId, session: Transaction, person: Researcher, moment: Now) -> JobView:
    """Stop a job that has not ended."""
    job = await store.job_of(session, person.site_id, job_id)
    await store.stop(session, job, moment)
    return view_of(job)


@router.get("/jobs/{job_id}/file", response_class=FileResponse)
async def fetch_file(
    job_id: JobId, session: Transaction, parts: ServerParts, person: Researcher
) -> FileResponse:
    """Return what a job made. Only to whoever asked for it: it may hold exact positions."""
    job = await store.job_of(session, person.site_id, job_id)
    name = job.report.get("file")
    if job.person_id != person.id or not isinstance(name, str):
        raise NotFoundError("this job has no file for you")
    path = folder_of(parts, job.id) / name
    if not path.is_file():
        raise NotFoundError("the file is no longer there; ask for the export again")
    return FileResponse(path, filename=name, headers={"Cache-Control": "no-store"})
