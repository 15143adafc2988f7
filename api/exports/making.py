"""Makes one export: page after page to the format's writer, telling how far it is."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from api.exports.camtrap_dp import CamtrapDpWriter
from api.exports.coco import CocoWriter
from api.exports.flat import FlatWriter
from api.exports.gathering import Selection, count_events, pages
from api.exports.megadetector import MegaDetectorWriter
from api.exports.writing import About, Package, Writer
from api.exports.yolo import YoloWriter
from api.jobs.worker import Task
from api.review.sorting import zone_of
from api.sites.store import site_of
from api.tables import Person

EXPORT = "export"


class Format(StrEnum):
    """What can be made."""

    CAMTRAP_DP = "camtrap_dp"
    COCO = "coco"
    COCO_CAMERA_TRAPS = "coco_camera_traps"
    YOLO = "yolo"
    MEGADETECTOR = "megadetector"
    CSV = "csv"


WRITERS: Mapping[Format, Callable[[Package, About], Writer]] = {
    Format.CAMTRAP_DP: CamtrapDpWriter,
    Format.COCO: lambda package, about: CocoWriter(package, about, camera_traps=False),
    Format.COCO_CAMERA_TRAPS: lambda package, about: CocoWriter(package, about, camera_traps=True),
    Format.YOLO: YoloWriter,
    Format.MEGADETECTOR: MegaDetectorWriter,
    Format.CSV: FlatWriter,
}


class ExportWish(BaseModel):
    """What to export. Positions are generalised to a kilometre unless `exact_positions`."""

    format: Format
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    reviewed_only: bool = False
    drills: bool = False
    pictures: bool = True
    network: Annotated[bool, Field(description="Also what only the network says.")] = True
    exact_positions: bool = False


async def make_export(task: Task) -> dict[str, Any]:
    """Do an export job; return its report."""
    wish = ExportWish.model_validate(task.job.wishes)
    site_id = task.job.site_id
    async with task.parts.database.reading() as session:
        site = await site_of(session, site_id)
        asker = await session.get(Person, task.job.person_id)
        zone = await zone_of(session, site_id)
    about = About(
        site_id=site_id,
        site_name=site.name,
        asked_by=asker.name if asker is not None else "",
        made_at=task.parts.clock(),
        zone=zone,
        version=version("trunkline"),
        with_pictures=wish.pictures,
        with_network=wish.network,
        exact_positions=wish.exact_positions,
    )
    selection = Selection(
        site_id=site_id,
        since=wish.since,
        until=wish.until,
        reviewed_only=wish.reviewed_only,
        drills=wish.drills,
        exact_positions=wish.exact_positions,
    )
    name = f"{site_id}-{wish.format.value.replace('_', '-')}-{_day(about.made_at)}.zip"
    report = await _write(task, wish.format, selection, about, task.folder / name)
    return report | {"file": name, "bytes": (task.folder / name).stat().st_size}


async def _write(
    task: Task, format_: Format, selection: Selection, about: About, path: Path
) -> dict[str, Any]:
    package = Package(path, task.parts.media)
    try:
        writer = WRITERS[format_](package, about)
        done = 0
        async with task.parts.database.reading() as session:
            total = await count_events(session, selection)
            await task.tell(0, total)
            async for page in pages(session, selection):
                await asyncio.to_thread(_add_all, writer, page)
                done += len(page)
                await task.tell(done, total)
        report = await asyncio.to_thread(writer.finish)
    finally:
        await asyncio.to_thread(package.close)
    return report | {
        "events": done,
        "pictures": package.pictures,
        "pictures_missing": package.missing,
    }


def _add_all(writer: Writer, page: list[Any]) -> None:
    for event in page:
        writer.add(event)


def _day(moment: datetime) -> str:
    return f"{moment:%Y%m%d-%H%M}"
