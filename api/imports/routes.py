"""Imports over HTTP: asked for, handed in as one ZIP file, taken as a job."""

import asyncio
import shutil
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Now, ServerParts, Transaction, check_role, identify, require
from api.errors import IllegalMoveError, TooLargeError
from api.imports.taking import IMPORT, UPLOAD, ImportWish
from api.jobs import store
from api.jobs.routes import JobView, view_of
from api.jobs.tables import Job
from api.jobs.worker import folder_of
from api.safety import MAX_UPLOAD_BYTES
from api.tables import Person, Role
from api.text import PlainText

router = APIRouter(tags=["imports"])

Researcher = Annotated[Person, require(Role.RESEARCHER)]
_ROOM_LEFT_BYTES = 512 * 2**20  # for the database and the pictures of the next night


@router.post("/imports", status_code=201)
async def ask_for_import(
    wish: ImportWish, session: Transaction, person: Researcher, moment: Now
) -> JobView:
    """Say what will be handed in; then PUT the ZIP file to the job's `file`."""
    job = await store.add_job(session, person, IMPORT, wish.model_dump(mode="json"), moment)
    job.state = store.JobState.EMPTY.value
    await session.flush()
    return view_of(job)


@router.put("/imports/{job_id}/file", status_code=202)
async def hand_in(
    job_id: Annotated[PlainText, Path(max_length=36)],
    request: Request,
    parts: ServerParts,
    moment: Now,
) -> JobView:
    """Hand the ZIP file in (`Content-Type: application/zip`, at most 4 GB); the job then starts."""
    # Two short transactions: on SQLite one around the whole upload would stop every other writer.
    async with parts.database.transaction() as session:
        person = check_role(await identify(request, session, moment), Role.RESEARCHER)
        await _awaiting(session, person, job_id)
    folder = folder_of(parts, job_id)
    folder.mkdir(parents=True, exist_ok=True)
    await _receive(request, folder / UPLOAD)
    async with parts.database.transaction() as session:
        job = await _awaiting(session, person, job_id)
        job.state = store.JobState.WAITING.value
        await session.flush()
        return view_of(job)


async def _awaiting(session: AsyncSession, person: Person, job_id: str) -> Job:
    job = await store.job_of(session, person.site_id, job_id)
    if job.kind != IMPORT or job.person_id != person.id or job.state != store.JobState.EMPTY:
        raise IllegalMoveError("nothing can be handed in to this job")
    return job


async def _receive(request: Request, path: FilePath) -> None:
    """Write a body to disk; whole, or not at all."""
    part = path.with_suffix(".part")
    room = shutil.disk_usage(path.parent).free - _ROOM_LEFT_BYTES
    most = min(MAX_UPLOAD_BYTES, room)
    taken = 0
    try:
        with part.open("wb") as file:
            async for chunk in request.stream():
                taken += len(chunk)
                if taken > most:
                    raise TooLargeError(f"there is room for {max(most, 0) // 2**20} MB here")
                await asyncio.to_thread(file.write, chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
