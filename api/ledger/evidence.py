"""What a decision rests on, for the ledger: the way of a sighting until the server had it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.questions import among, ask
from api.tables import Detection, Station

ELEPHANT = "elephant"

_EVIDENCE = (
    select(
        Detection.id,
        Station.name_id,
        Detection.deployment_id,
        Detection.captured_at,
        Detection.sent_at,
        Detection.received_at,
        Detection.clock,
        Detection.lighting,
        Detection.release,
        Detection.threshold,
        Detection.animals,
        Detection.media_sha256,
    )
    .join(Station, Station.id == Detection.station_id)
    .where(among(Detection.id, "ids"))
)


async def evidence_of(
    session: AsyncSession, detection_ids: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return what is known of these detections, by id: who saw it, when it was sent and came here.

    `captured_at` and `sent_at` are by the station's clock, `received_at` by ours; `picture` is the
    SHA-256 of what the station keeps of it.
    """
    if not detection_ids:
        return {}
    return {row.id: _facts(row) for row in await ask(session, _EVIDENCE, ids=detection_ids)}


def _facts(row: Any) -> dict[str, Any]:
    sure = [each["confidence"] for each in row.animals if each["label"] == ELEPHANT]
    return {
        "station": row.name_id,
        "deployment": row.deployment_id,
        "captured_at": row.captured_at,
        "sent_at": row.sent_at,
        "received_at": row.received_at,
        "clock": row.clock,
        "lighting": row.lighting,
        "release": row.release,
        "threshold": row.threshold,
        "confidence": max(sure, default=None),
        "picture": row.media_sha256,
    }
