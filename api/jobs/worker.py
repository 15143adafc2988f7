"""Works through jobs, one at a time in each process that serves."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Parts
from api.errors import ExpectedError
from api.jobs import store
from api.jobs.tables import Job

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 2.0


class StoppedError(Exception):
    """Somebody has stopped the job."""


@dataclass(frozen=True, slots=True)
class Task:
    """One job at work: its own folder, and how it tells how far it is."""

    job: Job
    parts: Parts
    folder: Path

    async def tell(self, done: int, total: int) -> None:
        """Tell how far it is.

        Raises:
            StoppedError: it shall not go on.
        """
        async with self.parts.database.transaction() as session:
            if not await store.beat(session, self.job.id, done, total, self.parts.clock()):
                raise StoppedError


Work = Callable[[Task], Awaitable[dict[str, Any]]]


def folder_of(parts: Parts, job_id: str) -> Path:
    """Return where a job's files lie."""
    return parts.settings.data_dir / "jobs" / job_id


async def work_on_jobs(parts: Parts, kinds: Mapping[str, Work]) -> None:
    """Do what is waiting, then wait for more, for as long as the process runs."""
    while True:
        try:
            worked = await work_once(parts, kinds)
        except SQLAlchemyError as error:
            _log.warning("jobs wait: the database does not answer: %s", error)
            worked = False
        if not worked:
            await asyncio.sleep(_LOOK_EVERY_S)


async def work_once(parts: Parts, kinds: Mapping[str, Work]) -> bool:
    """Do the oldest waiting job; whether there was one."""
    async with parts.database.reading() as session:
        if not await store.is_any_waiting(session, parts.clock()):
            return False
    async with parts.database.transaction() as session:
        job = await store.claim(session, parts.clock())
    if job is None:
        return False
    folder = folder_of(parts, job.id)
    report: dict[str, Any] = {}
    problem = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        report = await kinds[job.kind](Task(job, parts, folder))
    except StoppedError:
        _log.info("job %s (%s) was stopped", job.id, job.kind)
        shutil.rmtree(folder, ignore_errors=True)
    except ExpectedError as error:
        problem = str(error)
    except OSError as error:
        problem = f"the server's disk: {error.strerror or error}"
    except Exception:  # noqa: BLE001 - the worker outlives whatever a job does
        _log.exception("job %s (%s) failed", job.id, job.kind)
        problem = "something went wrong on the server; it has been logged"
    async with parts.database.transaction() as session:
        await store.end(session, job.id, parts.clock(), report=report, problem=problem)
    return True
