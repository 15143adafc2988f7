"""Puts what an import brings among our rows: silent, historical, and harmless when repeated.

Nothing here rings: imported frames go past the story of alerts.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_numbered, add_rows
from api.errors import InvalidError
from api.imports.archive import LARGEST_PICTURE, Archive
from api.imports.incoming import (
    IncomingEvent,
    IncomingFrame,
    IncomingLabel,
    Place,
    threshold_of,
)
from api.imports.tables import ImportedFrame
from api.individuals.store import Described, add_individual
from api.individuals.tables import Individual
from api.media.folder import MediaFolder
from api.media.rules import media_type_of
from api.media.store import add_media
from api.review.store import NewLabel, add_foreign_labels
from api.sites.store import lock_site
from api.stations.rules import new_key
from api.stations.store import station_named
from api.tables import Detection, Event, Station

# Any fixed UUID: the same frame of the same import has the same id again.
_OURS = UUID("0b8f5d5c-6d0c-4f0e-9c0a-5a2f6c1e7d31")


@dataclass
class Placed:
    """What became of an import so far."""

    events: int = 0
    frames: int = 0
    known_before: int = 0
    pictures: int = 0
    labels: int = 0
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes events of one job into one site."""

    site_id: str
    job_id: str
    archive: Archive
    media: MediaFolder
    now: datetime
    placed: Placed

    async def take(self, session: AsyncSession, event: IncomingEvent) -> None:
        """Keep one event with its pictures and labels, unless its frames are known already."""
        await lock_site(session, self.site_id)
        ids = {frame.foreign_id: self._id_of(frame) for frame in event.frames}
        known = set(
            await session.scalars(select(Detection.id).where(Detection.id.in_(ids.values())))
        )
        new = [frame for frame in event.frames if ids[frame.foreign_id] not in known]
        self.placed.known_before += len(event.frames) - len(new)
        if not new:
            return
        station = await self._station(session, event.frames[0].place)
        (event_id,) = await add_numbered(session, Event, [self._event_row(station, event)])
        rows = [
            await self._frame_row(session, station, event_id, frame, ids[frame.foreign_id])
            for frame in new
        ]
        await add_rows(session, Detection, rows)
        await add_rows(
            session,
            ImportedFrame,
            [
                {
                    "detection_id": ids[frame.foreign_id],
                    "job_id": self.job_id,
                    "file": frame.file,
                    "foreign_id": frame.foreign_id,
                }
                for frame in new
            ],
        )
        for label in event.labels:
            await self._label(session, event_id, label, ids)
        self.placed.events += 1
        self.placed.frames += len(new)

    def _id_of(self, frame: IncomingFrame) -> str:
        name = f"{self.site_id}\n{frame.place.station}\n{frame.deployment_id}\n{frame.foreign_id}"
        return str(uuid5(_OURS, name))

    async def _station(self, session: AsyncSession, place: Place) -> Station:
        known = await station_named(session, (self.site_id, place.station))
        if known is not None:
            return known
        station = Station(
            site_id=self.site_id,
            name_id=place.station,
            name=place.name,
            key=new_key(),  # nobody has it: an imported station never speaks by itself
            latitude=place.latitude,
            longitude=place.longitude,
            enrolled_at=self.now,
            state="stopped",
            health={},
        )
        session.add(station)
        await session.flush()
        return station

    def _event_row(self, station: Station, event: IncomingEvent) -> dict[str, Any]:
        return {
            "site_id": self.site_id,
            "station_id": station.id,
            "deployment_id": event.frames[0].deployment_id,
            "herd_id": None,
            "started_at": event.frames[0].captured_at,
            "ended_at": event.frames[-1].captured_at,
            "latitude": station.latitude,
            "longitude": station.longitude,
            "count": max(_elephants(frame) for frame in event.frames),
            "looks": 0,  # it joins no herd, for which they would be weighed
            "animals": 0,
            "simulated": False,
        }

    async def _frame_row(
        self,
        session: AsyncSession,
        station: Station,
        event_id: int,
        frame: IncomingFrame,
        detection_id: str,
    ) -> dict[str, Any]:
        return {
            "id": detection_id,
            "revision": 1,
            "site_id": self.site_id,
            "station_id": station.id,
            "event_id": event_id,
            "deployment_id": frame.deployment_id,
            "captured_at": frame.captured_at,
            "sent_at": frame.classified_at or frame.captured_at,
            "received_at": self.now,
            "clock": "unset",
            "lighting": frame.lighting,
            "release": frame.release,
            "threshold": threshold_of(frame.animals),
            "animals": list(frame.animals),
            "elephants": _elephants(frame),
            "media_sha256": await self._picture(session, frame),
            "historical": True,
            "simulated": False,
        }

    async def _picture(self, session: AsyncSession, frame: IncomingFrame) -> str | None:
        if frame.file not in self.archive:
            return None
        try:
            picture = self.archive.read(frame.file, LARGEST_PICTURE)
        except InvalidError as error:
            self.placed.left_out.append(str(error))
            return None
        media_type = media_type_of(picture)
        if media_type is None:
            self.placed.left_out.append(f"{frame.file}: neither a whole JPEG nor a WebP picture")
            return None
        sha256 = hashlib.sha256(picture).hexdigest()
        await asyncio.to_thread(self.media.keep, sha256, picture)
        await add_media(
            session,
            site_id=self.site_id,
            sha256=sha256,
            media_type=media_type,
            size_bytes=len(picture),
            now=self.now,
        )
        self.placed.pictures += 1
        return sha256

    async def _label(
        self,
        session: AsyncSession,
        event_id: int,
        label: IncomingLabel,
        ids: dict[str, str],
    ) -> None:
        detection_id = ids[label.frame] if label.frame is not None else None
        boxes = None
        if label.boxes is not None:
            boxes = [
                {**box, "individual": await self._individual(session, box["individual"])}
                for box in label.boxes
            ]
        key = uuid5(_OURS, f"{self.job_id}\n{event_id}\n{detection_id}\n{label.said_by}")
        new = NewLabel(
            key=str(key),
            event_id=event_id,
            decision=label.decision,
            detection_id=detection_id,
            settles=True,  # it was agreed elsewhere: no reader of ours has to look again
            count=label.count,
            groups=label.groups,
            behaviour=label.behaviour,
            individuals=[
                number
                for name in label.individuals
                if (number := await self._individual(session, name)) is not None
            ],
            boxes=boxes,
        )
        await add_foreign_labels(session, self.site_id, label.said_by, [new], label.made_at)
        self.placed.labels += 1

    async def _individual(self, session: AsyncSession, name: str | None) -> int | None:
        if not name:
            return None
        wanted = select(Individual.id).where(
            Individual.site_id == self.site_id, Individual.name == name[:80]
        )
        known = await session.scalar(wanted)
        if known is not None:
            return known
        described = Described(name[:80], "unknown", "unknown", "", None)
        return (await add_individual(session, self.site_id, described, self.now)).id


def _elephants(frame: IncomingFrame) -> int:
    return sum(animal["label"] == "elephant" for animal in frame.animals)


def complaints(sentences: Sequence[str], most: int = 100) -> list[str]:
    """Return the first of what was left out, and how many more there are."""
    shown = list(sentences[:most])
    if len(sentences) > most:
        shown.append(f"and {len(sentences) - most} more")
    return shown
