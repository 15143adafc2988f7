"""What a site's alerts topic is told."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.tables import Alert, Geofence
from edge_agent.contracts.messages import AlertNotice


async def notices_of(session: AsyncSession, alert_ids: Sequence[str]) -> dict[str, AlertNotice]:
    """Return how these alerts are now, by id. Positions are left out: sirens need none."""
    wanted = (
        select(Alert, Geofence.name)
        .join(Geofence, Geofence.id == Alert.geofence_id)
        .where(Alert.id.in_(alert_ids))
    )
    return {
        alert.id: AlertNotice(
            simulated=alert.simulated,
            alert_id=alert.id,
            geofence=name,
            level=str(alert.level),
            state=str(alert.state),
            count=alert.count,
            raised_at=alert.raised_at,
            changed_at=alert.changed_at,
        )
        for alert, name in await session.execute(wanted)
    }
