"""A report becomes a sighting of the common story."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.events.rules import Timings
from api.geofences.fence_map import FenceMap
from api.geofences.fence_maps import FenceMaps
from api.geofences.rules import Nearby
from api.pipeline import handle_detection, handle_detections
from api.position import Position
from api.reports.peoples_station import peoples_station
from api.reports.tables import Report
from api.tables import AlertLevel, Station
from edge_agent.contracts.messages import ClockState, DetectionMessage, Lighting, SeenAnimal

BY_PEOPLE = "human"
"""What stands where a camera's sighting names its network."""

_MORE_THAN_CERTAIN: Mapping[str, float] = {AlertLevel.WARNING: 2.0, AlertLevel.DANGER: 2.0}
_DOUBTED, _BELIEVED = 1, 2  # revisions: a word that is believed later grows like any sighting


class CautiousMaps(FenceMaps):
    """The geofences, for a word that nobody has confirmed: nothing comes to more than a watch."""

    async def of_site(self, session: AsyncSession, site_id: str, now: datetime) -> FenceMap:
        """Return the site's geofences, all of them mild."""
        return _Mild(await super().of_site(session, site_id, now))


class _Mild(FenceMap):
    """A map whose fences want more than certainty for anything above a watch."""

    def __init__(self, inner: FenceMap) -> None:
        self._inner = inner

    def nearby(self, position: Position) -> list[Nearby]:
        return [
            near._replace(fence=replace(near.fence, confidence=_MORE_THAN_CERTAIN))
            for near in self._inner.nearby(position)
        ]


async def tell(session: AsyncSession, report: Report, now: datetime, timings: Timings) -> None:
    """Do everything a report causes. Safe to repeat; a believed one may follow a doubted one."""
    station = await _standing_at(session, report, now)
    message = message_of(report, now)
    if report.believed_at is not None:
        await handle_detection(session, station, message, now, timings)
    else:
        await handle_detections(session, [(station, message)], now, timings, CautiousMaps())


def message_of(report: Report, now: datetime) -> DetectionMessage:
    """Return the report in a station's words: one picture full of elephants, by no network."""
    whole = SeenAnimal(label="elephant", confidence=1.0, box=(0.0, 0.0, 1.0, 1.0))
    return DetectionMessage.model_validate(
        {
            "id": report.id,
            "revision": _DOUBTED if report.believed_at is None else _BELIEVED,
            "deployment_id": f"report-{report.id}",  # each stands at a place of its own
            "captured_at": report.seen_at,
            "sent_at": now,
            "clock": ClockState.SYNCHRONISED,  # it was put on our clock already
            "lighting": Lighting.DAY,  # whatever the hour: an ordinary camera, no infrared
            "release": BY_PEOPLE,
            "threshold": 0.0,
            "animals": [whole],
            "count": report.count,
            "media_sha256": report.media_sha256,
        }
    )


async def _standing_at(session: AsyncSession, report: Report, now: datetime) -> Station:
    """Return the people's station as if it stood where they saw them; never to be kept so."""
    known = await peoples_station(session, report.site_id, now)
    return Station(
        id=known.id,
        site_id=known.site_id,
        name_id=known.name_id,
        latitude=report.latitude,
        longitude=report.longitude,
        health={},
        simulated=False,
    )
