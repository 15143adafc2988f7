"""Does one import: opens what was handed in, reads it, and takes event after event."""

import asyncio
from collections.abc import Sequence
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.errors import InvalidError
from api.imports.archive import Archive
from api.imports.camtrap_dp import read_camtrap_dp
from api.imports.incoming import Incoming, IncomingEvent, Place, slug
from api.imports.megadetector import read_megadetector
from api.imports.pictures import read_pictures
from api.imports.placing import Placed, Taker, complaints
from api.jobs.worker import Task
from api.review.sorting import zone_of
from api.sites.store import site_of
from api.text import PlainText

IMPORT = "import"
UPLOAD = "upload.zip"
_EVENTS_AT_ONCE = 20


class Source(StrEnum):
    """What can be taken."""

    CAMTRAP_DP = "camtrap_dp"
    MEGADETECTOR = "megadetector"
    PICTURES = "pictures"


class ImportWish(BaseModel):
    """What is handed in. Where the format names no place, `station` and its position do.

    Without a position it is the middle of the site.
    """

    source: Source
    station: Annotated[PlainText, Field(min_length=1, max_length=80)] = "imported"
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


async def take_import(task: Task) -> dict[str, Any]:
    """Do an import job; return its report.

    Raises:
        InvalidError: what was handed in cannot be read at all.
    """
    path = task.folder / UPLOAD
    if not path.is_file():
        raise InvalidError("nothing was handed in for this import")
    try:
        report = await take(task, path)
    except Exception:
        path.unlink(missing_ok=True)
        raise  # a server that merely stops keeps the file: another goes on with it
    path.unlink()
    return report


async def take(task: Task, path: Path) -> dict[str, Any]:
    """Take a ZIP file or a folder.

    Raises:
        InvalidError: it cannot be read at all.
    """
    wish = ImportWish.model_validate(task.job.wishes)
    async with task.parts.database.reading() as session:
        site = await site_of(session, task.job.site_id)
        zone = await zone_of(session, task.job.site_id)
    place = Place(
        slug(wish.station),
        wish.station,
        site.latitude if wish.latitude is None else wish.latitude,
        site.longitude if wish.longitude is None else wish.longitude,
    )
    with await asyncio.to_thread(Archive, path) as archive:
        incoming = await asyncio.to_thread(_read, archive, wish.source, place, zone)
        placed = Placed(left_out=incoming.left_out)
        taker = Taker(
            site_id=task.job.site_id,
            job_id=task.job.id,
            archive=archive,
            media=task.parts.media,
            now=task.parts.clock(),
            placed=placed,
        )
        await _take_all(task, taker, incoming.events)
    return {
        "events": placed.events,
        "frames": placed.frames,
        "known_before": placed.known_before,
        "pictures": placed.pictures,
        "labels": placed.labels,
        "left_out": complaints(placed.left_out),
        "left_out_count": len(placed.left_out),
    }


async def _take_all(task: Task, taker: Taker, events: Sequence[IncomingEvent]) -> None:
    await task.tell(0, len(events))
    done = 0
    for some in _batched(events):
        async with task.parts.database.transaction() as session:
            for event in some:
                await taker.take(session, event)
        done += len(some)
        await task.tell(done, len(events))
    task.parts.wake_everyone()


def _batched(events: Sequence[IncomingEvent]) -> Sequence[Sequence[IncomingEvent]]:
    return [
        events[first : first + _EVENTS_AT_ONCE] for first in range(0, len(events), _EVENTS_AT_ONCE)
    ]


def _read(archive: Archive, source: Source, place: Place, zone: tzinfo) -> Incoming:
    if source is Source.CAMTRAP_DP:
        return read_camtrap_dp(archive, zone)
    if source is Source.MEGADETECTOR:
        return read_megadetector(archive, place, zone)
    return read_pictures(archive, place, zone)
