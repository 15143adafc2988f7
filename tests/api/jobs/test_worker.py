from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.dependencies import Parts
from api.errors import InvalidError
from api.jobs import store
from api.jobs.store import SILENT_AFTER, JobState
from api.jobs.tables import Job
from api.jobs.worker import Task, work_once
from tests.api.shell import Clock, a_shell
from tests.api.world import World


@pytest.fixture
def parts(world: World, tmp_path: Path) -> Parts:
    return a_shell(world.database, tmp_path).parts


async def a_job(world: World, kind: str) -> Job:
    async with world.database.transaction() as session:
        return await store.add_job(session, world.ranger, kind, {}, world.ridge.enrolled_at)


async def steps(task: Task) -> dict[str, Any]:
    for done in range(3):
        await task.tell(done, 3)
    return {"steps": 3}


async def unreadable(task: Task) -> dict[str, Any]:
    raise InvalidError("this is no ZIP file")


async def broken(task: Task) -> dict[str, Any]:
    raise ZeroDivisionError


KINDS = {"steps": steps, "unreadable": unreadable, "broken": broken}


async def test_what_goes_wrong_is_told_and_stops_no_other_job(world: World, parts: Parts) -> None:
    for kind in ("unreadable", "broken", "steps"):
        await a_job(world, kind)

    worked = [await work_once(parts, KINDS) for _ in range(4)]

    found = {job.kind: job for job in await world.rows(Job)}
    assert worked == [True, True, True, False]
    assert (found["unreadable"].state, found["unreadable"].problem) == (
        "failed",
        "this is no ZIP file",
    )
    assert found["broken"].state == "failed"
    assert "ZeroDivision" not in found["broken"].problem
    assert (found["steps"].state, found["steps"].report) == ("done", {"steps": 3})


async def test_a_job_whose_worker_died_is_taken_again_but_not_before(
    world: World, parts: Parts
) -> None:
    job = await a_job(world, "steps")
    async with world.database.transaction() as session:
        await store.claim(session, parts.clock())
    clock = parts.clock
    assert isinstance(clock, Clock)

    early = await work_once(parts, KINDS)
    clock.moment += SILENT_AFTER + timedelta(seconds=1)
    late = await work_once(parts, KINDS)

    assert (early, late) == (False, True)
    (found,) = await world.rows(Job)
    assert (found.id, found.state) == (job.id, "done")


async def test_a_job_that_is_stopped_goes_no_further(world: World, parts: Parts) -> None:
    job = await a_job(world, "stopped half way")
    told = []

    async def stopped_half_way(task: Task) -> dict[str, Any]:
        for done in range(5):
            await task.tell(done, 5)
            told.append(done)
            if done == 2:
                async with world.database.transaction() as session:
                    await store.stop(
                        session, await store.job_of(session, "valley", job.id), parts.clock()
                    )
        return {}

    await work_once(parts, {"stopped half way": stopped_half_way})

    (found,) = await world.rows(Job)
    assert told == [0, 1, 2]
    assert found.state == JobState.STOPPED
