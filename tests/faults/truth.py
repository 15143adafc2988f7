"""What a night of kills did: what stations and phones know, held against the database, by id.

Pure: it is handed both sides and touches nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KINDS = ("station", "server", "broker", "database")


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of one camera: what makes two sightings the same one told twice."""

    site_id: str
    deployment_id: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A sighting in the database."""

    id: str
    shot: Shot


@dataclass(frozen=True, slots=True)
class Decision:
    """An alert that must have rung on a phone, at the level that it has reached."""

    phone: str  # its push endpoint
    alert_id: str
    geofence_id: int
    level: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A push that rang. While nobody answers a delivery rings on purpose again, as `number` 2.

    The same number of the same delivery again is shown by the phone app without a sound.
    """

    phone: str
    delivery_id: str
    alert_id: str
    level: str
    number: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What the stations know: ids they logged as kept, and pictures of cards with elephants."""

    kept: frozenset[str]
    shots: frozenset[Shot]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last line of `make faults`. `troubles` are sentences about what else went wrong."""

    kills: Mapping[str, int]
    sightings: int
    lost: int
    doubled: int
    alerts_missed: int
    rung_twice: int
    troubles: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether every promise held; a night without sightings proves nothing."""
        wrong = self.lost + self.doubled + self.alerts_missed + self.rung_twice
        return wrong == 0 and self.sightings > 0 and not self.troubles

    def as_json(self) -> dict[str, Any]:
        """Return the object that scripts rely on."""
        return {
            "kills": {kind: self.kills.get(kind, 0) for kind in KINDS},
            "sightings": self.sightings,
            "lost": self.lost,
            "doubled": self.doubled,
            "alerts_missed": self.alerts_missed,
            "rung_twice": self.rung_twice,
            "ok": self.ok,
        }


def lost(seen: Seen, rows: Iterable[Row]) -> frozenset[str]:
    """Name the sightings that a station kept, or must have, and the database does not have."""
    stored = list(rows)
    ids = seen.kept - {row.id for row in stored}
    shots = seen.shots - {row.shot for row in stored}
    return frozenset(ids | {f"{s.site_id} {s.deployment_id} {s.captured_at}" for s in shots})


def doubled(rows: Iterable[Row]) -> int:
    """Count sightings beyond the first of the same frame of the same camera."""
    return _beyond_the_first(row.shot for row in rows)


def missed(
    expected: frozenset[int], decisions: Iterable[Decision], rings: Iterable[Ring]
) -> frozenset[str]:
    """Name geofences that elephants came near to without an alert, and phones that stayed silent.

    Args:
        expected: ids of the geofences that must have an alert.
        decisions: every alert for every phone that follows it, at the level it has reached.
        rings: what the phones heard.
    """
    decided = list(decisions)
    rung = {(ring.phone, ring.alert_id, ring.level) for ring in rings}
    silent = [each for each in decided if (each.phone, each.alert_id, each.level) not in rung]
    unraised = expected - {each.geofence_id for each in decided}
    return frozenset(
        {f"no alert for geofence {geofence_id}" for geofence_id in unraised}
        | {f"{each.level} of alert {each.alert_id} never rang {each.phone}" for each in silent}
    )


def rung_twice(rings: Iterable[Ring], reasons: Mapping[str, tuple[int, str]]) -> int:
    """Count rings too many: a phone twice for one geofence and occasion, or for no reason at all.

    In a night of one herd a site, a second alert for a geofence is a ring too many as well.

    Args:
        rings: what the phones heard.
        reasons: of each delivery the geofence and the occasion.
    """
    distinct = {(ring.phone, ring.delivery_id, ring.number) for ring in rings}
    founded = [
        (phone, reasons[delivery], number)
        for phone, delivery, number in distinct
        if delivery in reasons
    ]
    return len(distinct) - len(founded) + _beyond_the_first(founded)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """Add the acts of a night up."""
    acts = list(verdicts)
    kills: Counter[str] = Counter()
    for act in acts:
        kills.update(act.kills)
    return Verdict(
        kills=dict(kills),
        sightings=sum(act.sightings for act in acts),
        lost=sum(act.lost for act in acts),
        doubled=sum(act.doubled for act in acts),
        alerts_missed=sum(act.alerts_missed for act in acts),
        rung_twice=sum(act.rung_twice for act in acts),
        troubles=tuple(trouble for act in acts for trouble in act.troubles),
    )


def _beyond_the_first(things: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(things).values())
