"""The least that anybody must do: a plain INSERT of the same rows, in batches, nothing decided."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from api.bench.valley import Told
from api.changes.store import DETECTION
from api.database import Database
from api.tables import Change, Detection

BATCH = 500


async def insert_plainly(database: Database, told: Sequence[Told]) -> tuple[float, float]:
    """Write what each sighting leaves behind: its row and its change; return s and CPU s."""
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(told), BATCH):
        batch = told[start : start + BATCH]
        async with database.transaction() as session:
            await session.execute(insert(Detection), [row_of(each) for each in batch])
            await session.execute(insert(Change), [_change(each) for each in batch])
    return time.perf_counter() - wall, time.process_time() - cpu


def row_of(told: Told) -> dict[str, Any]:
    """Return a sighting as a row."""
    message = told.message
    return {
        "id": str(message.id),
        "revision": message.revision,
        "site_id": told.station.site_id,
        "station_id": told.station.id,
        "event_id": None,
        "deployment_id": message.deployment_id,
        "captured_at": message.captured_at,
        "sent_at": message.sent_at,
        "received_at": message.captured_at,
        "clock": message.clock.value,
        "lighting": message.lighting.value,
        "release": message.release,
        "threshold": message.threshold,
        "animals": [animal.model_dump(mode="json") for animal in message.animals],
        "elephants": len(message.animals),
        "media_sha256": None,
        "historical": False,
        "simulated": False,
    }


def _change(told: Told) -> dict[str, Any]:
    return {
        "site_id": told.station.site_id,
        "kind": DETECTION,
        "subject_id": str(told.message.id),
        "at": told.message.captured_at,
    }
