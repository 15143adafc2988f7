"""What the demo claims at its end, counted in the database and on the phones, never assumed."""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from api.database import Database
from api.tables import Alert, Delivery, DeliveryState, Detection, Event, Follow, Phone

_KEPT = re.compile(r"\bsighting ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


@dataclass(frozen=True, slots=True)
class StationReport:
    """What a station said of itself when it ended."""

    frames: int
    broken: int
    detections: int
    unsent: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server has in its database."""

    detections: frozenset[str]  # ids
    events: int
    alerts: int
    acknowledged: int
    reachable: frozenset[tuple[str, int]]  # (alert, phone) for every follower's live phone
    shown: frozenset[tuple[str, int]]  # of those, the ones that a phone confirmed
    sent: int  # deliveries that the push service took
    waiting: int  # deliveries not sent yet

    @property
    def is_told(self) -> bool:
        """Whether each alert was shown on each phone that follows it."""
        return not self.waiting and self.reachable <= self.shown


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last line of a headless demo."""

    frames: int
    detections: int
    events: int
    alerts: int
    pushes_sent: int
    pushes_decrypted: int
    acknowledged: int
    lost: int
    unreached: int
    ledger_holds: bool
    expects_elephants: bool  # the drill has some; a person's own footage may have none
    latencies_ms: tuple[float, ...]
    model: str

    @property
    def ok(self) -> bool:
        """Whether nothing was lost and every alert provably reached all who follow it."""
        if self.expects_elephants and not self.alerts:
            return False
        told = self.unreached == 0 and self.pushes_decrypted >= self.pushes_sent
        proven = self.ledger_holds and self.acknowledged == self.alerts
        return told and proven and self.lost == 0

    def as_json(self) -> dict[str, Any]:
        """Return the object that scripts rely on."""
        return {
            "ok": self.ok,
            "frames": self.frames,
            "detections": self.detections,
            "events": self.events,
            "alerts": self.alerts,
            "pushes_sent": self.pushes_sent,
            "pushes_decrypted": self.pushes_decrypted,
            "acknowledged": self.acknowledged,
            "lost": self.lost,
            "frame_to_phone_ms": {
                "p50": _quantile(self.latencies_ms, 0.50),
                "p95": _quantile(self.latencies_ms, 0.95),
            },
            "model": self.model,
        }


def sightings_kept(log: str) -> frozenset[str]:
    """Return the ids of the sightings that a station kept, in all its lives.

    It logs each as soon as it is on its disk; what it says at its end covers its last life alone.
    """
    return frozenset(_KEPT.findall(log))


def lost(kept: frozenset[str], reports: Iterable[StationReport], stored: frozenset[str]) -> int:
    """Count sightings that stations kept and the database does not have.

    What stations report and did not log counts as lost as well: then nobody can say where it is.
    """
    unaccounted = max(0, sum(report.detections for report in reports) - len(kept))
    return len(kept - stored) + unaccounted


async def read_stored(database: Database) -> Stored:
    """Read what the story left in the database."""
    async with database.reading() as session:  # never in the way of the server's own writing
        detections = await session.scalars(select(Detection.id))
        events = await session.scalar(select(func.count()).select_from(Event))
        alerts = await session.scalar(select(func.count()).select_from(Alert))
        acknowledged = await session.scalar(
            select(func.count(func.distinct(Delivery.alert_id))).where(
                Delivery.acknowledged_at.is_not(None)
            )
        )
        reachable = await session.execute(
            select(Alert.id, Phone.id)
            .join(Follow, Follow.geofence_id == Alert.geofence_id)
            .join(Phone, Phone.person_id == Follow.person_id)
            .where(Phone.gone_at.is_(None))
        )
        shown = await session.execute(
            select(Delivery.alert_id, Delivery.phone_id).where(Delivery.shown_at.is_not(None))
        )
        sent = await session.scalar(select(func.count()).where(Delivery.sent_at.is_not(None)))
        waiting = await session.scalar(
            select(func.count()).where(Delivery.state == DeliveryState.PENDING)
        )
        return Stored(
            detections=frozenset(detections),
            events=events or 0,
            alerts=alerts or 0,
            acknowledged=acknowledged or 0,
            reachable=frozenset((row[0], row[1]) for row in reachable),
            shown=frozenset((row[0], row[1]) for row in shown),
            sent=sent or 0,
            waiting=waiting or 0,
        )


def _quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 1)
    return round(statistics.quantiles(values, n=100, method="inclusive")[int(share * 100) - 1], 1)
