"""What Prometheus reads from the database: the same, whichever process it asks."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.hooks.tables import HookMessage
from api.ledger.tables import LedgerSignature, WaitingNote
from api.tables import Alert, Delivery, DeliveryState, LedgerEntry, Station


async def readings_page(session: AsyncSession, now: datetime) -> bytes:
    """Return gauges of alerts, stations, what waits, and how far the proof is signed."""
    registry = CollectorRegistry()
    for name, words, column in (
        ("trunkline_alerts", "Alerts by state", Alert.state),
        ("trunkline_stations", "Stations by state", Station.state),
        ("trunkline_hook_messages", "Messages to other systems by state", HookMessage.state),
    ):
        gauge = Gauge(name, words, ["state"], registry=registry)
        counted = select(column, func.count()).group_by(column)
        for state, count in await session.execute(counted):
            gauge.labels(str(state)).set(count)
    oldest = await session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.state == DeliveryState.PENDING, Delivery.due_at <= now
        )
    )
    waits = Gauge(
        "trunkline_oldest_due_delivery_seconds",
        "For how long the oldest due delivery waits",
        registry=registry,
    )
    waits.set((now - oldest).total_seconds() if oldest else 0)
    await _read_ledger(session, registry)
    return generate_latest(registry)


async def _read_ledger(session: AsyncSession, registry: CollectorRegistry) -> None:
    entries = Gauge("trunkline_ledger_entries", "The ledger's entries", ["site"], registry=registry)
    signed = Gauge(
        "trunkline_ledger_signed_entries",
        "Entries up to the newest signature",
        ["site"],
        registry=registry,
    )
    for gauge, site, number in (
        (entries, LedgerEntry.site_id, LedgerEntry.number),
        (signed, LedgerSignature.site_id, LedgerSignature.number),
    ):
        for name, greatest in await session.execute(select(site, func.max(number)).group_by(site)):
            gauge.labels(name).set(greatest)
    waiting = Gauge(
        "trunkline_ledger_waiting_notes", "Notes that are not chained yet", registry=registry
    )
    waiting.set(await session.scalar(select(func.count()).select_from(WaitingNote)) or 0)
