"""A night that was reviewed in every way there is, and the jobs that carry it out and in."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np

from api.dependencies import Parts
from api.events.rules import Timings
from api.imports.taking import UPLOAD
from api.inbox import Inbox
from api.individuals.tables import Individual
from api.jobs.kinds import KINDS
from api.jobs.store import add_job
from api.jobs.tables import Job
from api.jobs.worker import folder_of, work_once
from api.review import store
from api.review.rules import Decision
from api.review.store import NewLabel
from api.tables import Event, Person, Role, Station
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import picture_said
from tests.api.world import DUSK, World, a_message, seen

WIDTH, HEIGHT = 320, 240


async def a_reader(world: World, name: str = "Dr Li", role: Role = Role.RESEARCHER) -> Person:
    person = Person(site_id="valley", name=name, role=role, joined_at=DUSK)
    await world.add(person)
    return person


async def reviewed_night(world: World, parts: Parts) -> Person:
    """Six events: elephants in groups, nothing, a deer, boxes drawn, unsure, not looked at."""
    li = await a_reader(world)
    await world.add(
        Individual(
            site_id="valley", name="Old Moon", sex="female", life_stage="adult", added_at=DUSK
        )
    )
    stations = [world.ridge, world.yard, world.far, world.ridge, world.yard, world.far]
    for number, station in enumerate(stations):
        await told(world, parts, station, number)
    events = [row.id for row in await world.rows(Event)]
    herd = [
        {"count": 2, "life_stage": "adult", "sex": "female"},
        {"count": 1, "life_stage": "juvenile", "sex": "unknown"},
    ]
    await say(
        world,
        li,
        events[0],
        Decision.ELEPHANT,
        count=4,
        groups=herd,
        behaviour="crossing | drinking",
    )
    await say(world, li, events[1], Decision.NOTHING)
    await say(world, li, events[2], Decision.OTHER_ANIMAL)
    frame = await frames_of(world, events[3])
    box = {"label": "elephant", "individual": 1, "life_stage": "adult", "sex": "female"}
    drawn = [
        box | {"box": [32 / WIDTH, 24 / HEIGHT, 101 / WIDTH, 77 / HEIGHT]},
        {"label": "animal", "individual": None, "life_stage": "unknown", "sex": "unknown"}
        | {"box": [0.0, 0.0, 7 / WIDTH, 9 / HEIGHT]},
    ]
    await say(world, li, events[3], Decision.ELEPHANT, detection_id=frame[0], boxes=drawn)
    await say(world, li, events[3], Decision.ELEPHANT, count=1, individuals=[1])
    await say(world, li, events[4], Decision.UNSURE, settles=True)
    return li


async def told(world: World, parts: Parts, station: Station, number: int) -> None:
    """One event of two frames with pictures."""
    for second in (0, 20):
        picture = a_picture(number * 100 + second)
        at = DUSK + timedelta(hours=number, seconds=second)
        message = a_message(
            captured_at=at,
            deployment_id=f"{station.name_id}-1",
            animals=[seen(), seen("animal") | {"confidence": 0.55}],
            media_sha256=body_sha256(picture),
        )
        await world.tell(station, message)
        async with world.database.transaction() as session:
            said = picture_said(station, picture)
            await Inbox(parts.media, Timings()).take(session, [said], at)


def a_picture(number: int) -> bytes:
    """A picture that looks like no other."""
    patches = np.random.default_rng(number).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    pixels = cv2.resize(patches, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    ok, encoded = cv2.imencode(".jpg", pixels)
    assert ok
    return bytes(encoded)


async def say(world: World, who: Person, event_id: int, decision: Decision, **others: Any) -> None:
    new = NewLabel(key=str(uuid4()), event_id=event_id, decision=decision, **others)
    async with world.database.transaction() as session:
        await store.add_label(session, who, new, DUSK + timedelta(days=1))


async def frames_of(world: World, event_id: int) -> list[str]:
    async with world.database.reading() as session:
        return [frame.id for frame in await store.frames_of(session, event_id)]


async def exported(parts: Parts, who: Person, format_: str, **wish: Any) -> Path:
    """Ask for an export, let the worker make it, and return its file."""
    job = await done(parts, who, "export", {"format": format_} | wish)
    return folder_of(parts, job.id) / str(job.report["file"])


async def imported(parts: Parts, who: Person, file: bytes, source: str, **wish: Any) -> Job:
    """Hand a file in and let the worker take it."""
    return await done(parts, who, "import", {"source": source} | wish, file)


async def done(
    parts: Parts, who: Person, kind: str, wish: dict[str, Any], file: bytes | None = None
) -> Job:
    async with parts.database.transaction() as session:
        job = await add_job(session, who, kind, wish, parts.clock())
    if file is not None:
        folder_of(parts, job.id).mkdir(parents=True)
        (folder_of(parts, job.id) / UPLOAD).write_bytes(file)
    assert await work_once(parts, KINDS)
    async with parts.database.reading() as session:
        found = await session.get(Job, job.id)
    assert found is not None
    return found


def table(archive: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as package:
        return list(csv.DictReader(io.StringIO(package.read(name).decode(), newline="")))


def document(archive: Path, name: str) -> Any:
    with zipfile.ZipFile(archive) as package:
        return json.loads(package.read(name))


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def without_names(rows: Sequence[dict[str, str]]) -> list[tuple[tuple[str, str], ...]]:
    """Rows as they compare where ids were given anew."""
    ours = {"observationID", "mediaID", "eventID", "deploymentID"}
    return sorted(
        tuple((name, cell) for name, cell in row.items() if name not in ours) for row in rows
    )
