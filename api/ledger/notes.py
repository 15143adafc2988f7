"""What is kept of each step. Numbers of people, never their names: nothing here can be erased."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.alerts.book import Reached
from api.alerts.store import NewAnswer
from api.deliveries.claims import Job
from api.deliveries.rules import Occasion
from api.deliveries.store import Confirmed, Planned
from api.ledger.rules import Note, Step
from api.tables import Alert, AlertState, Delivery, Person

RULE = (
    "distance-to-geofence/1"  # `api/geofences/rules.py`; another number when it decides otherwise
)


def decided(reached: Reached, evidence: Mapping[str, Any] | None) -> Note:
    """Note that an alert was raised or grew: from what was seen to the rule and its inputs."""
    sighting, approach = reached.sighting, reached.approach
    facts = {
        "detection": sighting.detection_id,
        "captured_at": sighting.seen_at,
        "people_beside": sighting.people_beside,
        "simulated": sighting.simulated,
        "herd": reached.alert.herd.id,
        "count": reached.facts.count,
        "geofence": approach.geofence_id,
        "level": approach.level,
        "distance_m": round(approach.distance_m, 1),
        "bearing_deg": round(approach.bearing_deg, 1),
        "buffer_m": approach.buffer_m,
        "watch_m": approach.watch_m,
        "rule": RULE,
        "evidence": evidence,
    }
    return Note(Step.RAISED if reached.is_first else Step.GREW, reached.alert.id, facts)


def planned(alert: Alert, occasion: Occasion, deliveries: Iterable[Planned]) -> Note:
    """Note who is to be rung; also if that is nobody."""
    facts = {"occasion": occasion, "deliveries": [each.facts() for each in deliveries]}
    return Note(Step.PLANNED, alert.id, facts)


def escalated(alert: Alert, occasion: Occasion, after_s: int) -> Note:
    """Note that nobody had answered for so long, so that others are rung."""
    return Note(Step.ESCALATED, alert.id, {"occasion": occasion, "after_s": after_s})


def expired(alert_id: str, delivery_ids: Sequence[str], because: str) -> list[Note]:
    """Note that these were never sent; nothing if there are none."""
    facts = {"deliveries": sorted(delivery_ids), "because": because}
    return [Note(Step.EXPIRED, alert_id, facts)] if delivery_ids else []


def sending_ended(step: Step, job: Job, detail: str) -> Note:
    """Note what a channel said of one attempt."""
    facts = {
        "delivery": job.delivery_id,
        "occasion": job.occasion,
        "channel": job.channel,
        "attempt": job.attempts,
        "detail": detail,
    }
    return Note(step, job.alert_id, facts)


def confirmed(delivery: Delivery, news: Confirmed) -> list[Note]:
    """Note what a phone said of a delivery. `told_at` is by its clock, as far as possible."""
    facts = {"delivery": delivery.id, "told_at": news.told_at}
    notes = [Note(Step(kind), delivery.alert_id, facts) for kind in news.kinds]
    if news.proves_sending:
        proof = {"delivery": delivery.id, "because": "the phone has it"}
        notes.insert(0, Note(Step.SENT, delivery.alert_id, proof))
    return notes


def answered(
    alert: Alert, person: Person, answer: NewAnswer, moved_to: AlertState | None
) -> list[Note]:
    """Note what a person said, and the end of the alert if that ended it."""
    facts = {
        "answer": str(answer.id),
        "person": person.id,
        "role": person.role,
        "kind": answer.kind,
        "answered_at": answer.answered_at,
        "moved_to": moved_to,
    }
    notes = [Note(Step.ANSWERED, alert.id, facts)]
    if alert.ended_at is not None and moved_to is not None:
        end = {"state": moved_to, "ended_at": alert.ended_at, "answer": str(answer.id)}
        notes.append(Note(Step.ENDED, alert.id, end))
    return notes


def acknowledged(
    alert: Alert, person: Person, delivery_ids: Sequence[str], answered_at: datetime
) -> list[Note]:
    """Note which of a person's deliveries their answer acknowledges; nothing if none."""
    facts = {"person": person.id, "deliveries": sorted(delivery_ids), "answered_at": answered_at}
    return [Note(Step.ACKNOWLEDGED, alert.id, facts)] if delivery_ids else []
