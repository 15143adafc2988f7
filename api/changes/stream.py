"""The live stream: a site's changes as Server-Sent Events, each once, in order, without a gap."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import alert_views
from api.changes.bell import Bell
from api.changes.store import ALERT, DETECTION, STATION, changes_after
from api.database import Database
from api.events.view import detection_views
from api.people.rules import at_least
from api.stations.views import station_views
from api.tables import Change, Person, Role

PING_EVERY_S = 15.0
_AT_ONCE = 100
_FOR_RANGERS = frozenset({DETECTION, STATION})


async def events(
    database: Database,
    person: Person,
    after: int,
    *,
    changed: Bell,
    closing: asyncio.Event,
    clock: Callable[[], datetime],
) -> AsyncIterator[bytes]:
    """Yield the stream's bytes from the change after number `after` on, until the server closes."""
    yield b"retry: 3000\n\n"
    seen = after
    while not closing.is_set():
        heard = asyncio.create_task(changed.heard(within_s=PING_EVERY_S))
        async with database.reading() as session:
            changes = await changes_after(session, person.site_id, seen, limit=_AT_ONCE)
            told = await _tell(session, changes, person, clock())
        if changes:
            heard.cancel()
            seen = changes[-1].id
            yield told or _passed(seen)
            continue
        yield b": ping\n\n"
        await _either(heard, closing)


async def _either(heard: asyncio.Task[None], closing: asyncio.Event) -> None:
    end = asyncio.create_task(closing.wait())
    await asyncio.wait({heard, end}, return_when=asyncio.FIRST_COMPLETED)
    for task in (heard, end):
        task.cancel()


async def _tell(
    session: AsyncSession, changes: Sequence[Change], person: Person, now: datetime
) -> bytes:
    """Return the events of these changes; of several about one subject only the newest."""
    newest = {(change.kind, change.subject_id): change for change in changes}
    if not at_least(Role(person.role), Role.RANGER):
        newest = {key: one for key, one in newest.items() if key[0] not in _FOR_RANGERS}
    views = await _views(session, list(newest), person, now)
    ordered = sorted(newest.items(), key=lambda item: item[1].id)
    return b"".join(
        _event(change.id, change.kind, views[key]) for key, change in ordered if key in views
    )


async def _views(
    session: AsyncSession, keys: Sequence[tuple[str, str]], person: Person, now: datetime
) -> dict[tuple[str, str], BaseModel]:
    wanted = {kind: [each for k, each in keys if k == kind] for kind in (ALERT, DETECTION, STATION)}
    views: dict[tuple[str, str], BaseModel] = {}
    if wanted[ALERT]:
        for alert in await alert_views(session, wanted[ALERT], person):
            views[ALERT, alert.id] = alert
    if wanted[DETECTION]:
        for detection in await detection_views(session, wanted[DETECTION], person.site_id):
            views[DETECTION, detection.id] = detection
    if wanted[STATION]:
        for number, station in (await station_views(session, person.site_id, now)).items():
            views[STATION, str(number)] = station
    return views


def _event(number: int, kind: str, view: BaseModel) -> bytes:
    # One line: JSON of pydantic has no line feeds outside strings, and escapes those inside.
    return f"id: {number}\nevent: {kind}\ndata: {view.model_dump_json()}\n\n".encode()


def _passed(number: int) -> bytes:
    """Move the listener's number past changes that are not for them."""
    return f"id: {number}\nevent: passed\ndata: {json.dumps({})}\n\n".encode()
