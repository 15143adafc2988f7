"""What a batch of sightings does to alerts, in memory: read before it, written after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.alerts.rules import Facts, comes_back, grown, has_lapsed, is_open
from api.events.rules import Sighting
from api.geofences.rules import Approach
from api.herds.book import OpenHerd
from api.tables import LEVELS, AlertState
from edge_agent.contracts.ids import uuid7


@dataclass(slots=True, eq=False)
class OpenAlert:
    """The newest alert of a herd for a geofence."""

    id: str
    herd: OpenHerd
    geofence_id: int
    visit: int
    state: AlertState
    ended_at: datetime | None
    facts: Facts
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """An alert came to a level that people must be rung for; with all that led to it."""

    alert: OpenAlert
    facts: Facts
    sighting: Sighting
    approach: Approach
    is_first: bool


class AlertBook:
    """The alerts around a batch: `new` ones, and what people must be rung for, in its order."""

    def __init__(self, latest: Iterable[OpenAlert]) -> None:
        self._latest: dict[tuple[OpenHerd, int], OpenAlert] = {}
        self._older: dict[OpenAlert, OpenAlert] = {}
        for alert in latest:
            of = alert.herd, alert.geofence_id
            if of in self._latest:
                self._older[alert] = self._latest[of]
            self._latest[of] = alert
        self._known = list(self._latest.values())
        self.new: list[OpenAlert] = []
        self.reached: list[Reached] = []

    @property
    def changed(self) -> list[OpenAlert]:
        """Those whose row says something else."""
        return [alert for alert in self._known if alert.is_changed]

    def raise_or_grow(
        self, herd: OpenHerd, count: int, sighting: Sighting, approach: Approach
    ) -> None:
        """Raise the herd's alert for the geofence, or let it grow. `count` is the herd's by then.

        An alert that people have ended stays so, and one of hours ago has done its work: a herd
        that comes back later gets another.
        """
        facts = Facts(
            level=approach.level,
            count=count,
            distance_m=approach.distance_m,
            bearing_deg=approach.bearing_deg,
            captured_at=sighting.seen_at,
            detection_id=sighting.detection_id,
        )
        alert = self._latest.get((herd, approach.geofence_id))
        if alert is not None and _still_grows(alert, facts.captured_at):
            if _grow(alert, facts) and not self._has_rung(alert):
                self.reached.append(Reached(alert, alert.facts, sighting, approach, is_first=False))
            return
        visit = _next_visit(alert, facts.captured_at)
        if visit is not None:
            raised = self._raise(herd, approach.geofence_id, visit, facts)
            self.reached.append(Reached(raised, facts, sighting, approach, is_first=True))

    def _has_rung(self, alert: OpenAlert) -> bool:
        """Whether another alert has rung for its level: of what then was taken for two herds."""
        older, seen_at = self._older.get(alert), alert.facts.captured_at
        while older is not None:
            reaches = LEVELS.index(older.facts.level) >= LEVELS.index(alert.facts.level)
            if reaches and _still_grows(older, seen_at):
                return True
            older = self._older.get(older)
        return False

    def _raise(self, herd: OpenHerd, geofence_id: int, visit: int, facts: Facts) -> OpenAlert:
        alert = OpenAlert(str(uuid7()), herd, geofence_id, visit, AlertState.RAISED, None, facts)
        self._latest[herd, geofence_id] = alert
        self.new.append(alert)
        return alert


def _grow(alert: OpenAlert, facts: Facts) -> bool:
    """Let an alert grow; return whether it reaches a higher level."""
    known, alert.facts = alert.facts, grown(alert.facts, facts)
    alert.is_changed |= alert.facts != known
    return alert.facts.level is not known.level


def _still_grows(alert: OpenAlert, seen_at: datetime) -> bool:
    return is_open(alert.state) and not has_lapsed(alert.facts.captured_at, seen_at)


def _next_visit(latest: OpenAlert | None, seen_at: datetime) -> int | None:
    if latest is None:
        return 1
    if is_open(latest.state):
        return latest.visit + 1
    if latest.ended_at is None:
        raise ValueError(f"the alert {latest.id} ended and nobody knows when")
    is_news = comes_back(latest.state, latest.ended_at, seen_at)
    return latest.visit + 1 if is_news else None
