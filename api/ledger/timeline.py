"""One alert's entries in words, for whoever has to answer "who was warned, and when?"."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.ledger.rules import Entry, Step


@dataclass(frozen=True, slots=True)
class Names:
    """What people are called today; the ledger itself knows only numbers."""

    people: Mapping[int, str]
    geofences: Mapping[int, str]

    def person(self, number: int) -> str:
        """Return somebody's name, with their number."""
        return f"{self.people.get(number, 'somebody')} (person {number})"

    def geofence(self, number: int) -> str:
        """Return a geofence's name, with its number."""
        return f"{self.geofences.get(number, 'a geofence')} (geofence {number})"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `number` is the entry's; 0 for what came before the first."""

    number: int
    at: datetime
    after_capture_s: float | None
    step: str
    words: str


@dataclass(slots=True)
class _Reader:
    names: Names
    captured_at: datetime | None = None
    people: dict[str, int] = field(default_factory=dict)  # whose each delivery is
    occasions: dict[str, str] = field(default_factory=dict)  # and what for

    def lines(self, entry: Entry) -> list[Line]:
        said = json.loads(entry.body)
        step, facts = Step(said["step"]), said["facts"]
        lines = []
        if step is Step.RAISED:
            self.captured_at = _moment(facts["captured_at"])
            lines += self.before_the_server(facts)
        for each in facts["deliveries"] if step is Step.PLANNED else ():
            self.people[each["delivery"]] = each["person"]
            self.occasions[each["delivery"]] = _spaced(facts["occasion"])
        at = _moment(facts.get("told_at") or facts.get("answered_at") or said["at"])
        since = (at - self.captured_at).total_seconds() if self.captured_at else None
        lines.append(Line(entry.number, at, since, step, _WORDS[step](facts, self)))
        return lines

    def before_the_server(self, facts: Mapping[str, Any]) -> list[Line]:
        """Return how the sighting came: seen by a station, then taken in here."""
        captured_at, told = _moment(facts["captured_at"]), facts.get("evidence")
        if told is None:  # an entry from before the evidence was kept
            words = f"by detection {facts['detection']}"
            return [Line(0, captured_at, 0.0, "captured", words)]
        sure = f", {told['confidence']:.0%} sure" if told["confidence"] is not None else ""
        seen = f"by station {told['station']}, {_spaced(told['lighting'])}{sure}"
        arrived_at = _moment(told["received_at"])
        words = f"detection {facts['detection']}" + (
            f" with picture {told['picture'][:16]}…" if told["picture"] else ""
        )
        after_s = (arrived_at - captured_at).total_seconds()
        return [
            Line(0, captured_at, 0.0, "captured", f"{seen} ({told['release']})"),
            Line(0, arrived_at, after_s, "arrived", words),
        ]

    def whose(self, delivery: str) -> str:
        person = self.people.get(delivery)
        return self.names.person(person) if person is not None else f"delivery {delivery}"

    def which(self, delivery: str) -> str:
        return f"{self.occasions.get(delivery, 'something')} to {self.whose(delivery)}"


def timeline(entries: Sequence[Entry], names: Names) -> list[Line]:
    """Return what happened, in the order in which the server learnt of it.

    Times are those of the things themselves: a phone's or a person's word by their clock, within
    what is possible; the rest by the server's.
    """
    reader = _Reader(names)
    return [line for entry in entries for line in reader.lines(entry)]


def _decided(facts: Mapping[str, Any], reader: _Reader) -> str:
    drill = "DRILL, " if facts["simulated"] else ""
    beside = ", people beside" if facts["people_beside"] else ""
    return (
        f"{drill}{facts['level']}: {facts['count']} seen {facts['distance_m']:.0f} m from "
        f"{reader.names.geofence(facts['geofence'])}{beside}; warning within "
        f"{facts['buffer_m']:.0f} m, watch within {facts['watch_m']:.0f} m"
    )


def _planned(facts: Mapping[str, Any], reader: _Reader) -> str:
    whom = ", ".join(
        reader.whose(each["delivery"]) + (f", but {each['silenced']}" if "silenced" in each else "")
        for each in facts["deliveries"]
    )
    return f"{_spaced(facts['occasion'])} to {whom or 'nobody'}"


def _escalated(facts: Mapping[str, Any], reader: _Reader) -> str:  # noqa: ARG001  (one shape for all)
    return f"nobody answered the {_spaced(facts['occasion'])} within {facts['after_s']} s"


def _sent(facts: Mapping[str, Any], reader: _Reader) -> str:
    via = f" by {_spaced(facts['channel'])}" if "channel" in facts else ""
    because = facts.get("detail") or facts.get("because")
    return f"{reader.which(facts['delivery'])}{via}{f': {because}' if because else ''}"


def _expired(facts: Mapping[str, Any], reader: _Reader) -> str:
    which = ", ".join(reader.which(each) for each in facts["deliveries"])
    return f"{which}: {_spaced(facts['because'])}"


def _confirmed(facts: Mapping[str, Any], reader: _Reader) -> str:
    return reader.which(facts["delivery"])


def _answered(facts: Mapping[str, Any], reader: _Reader) -> str:
    moved = f"; the alert is {_spaced(facts['moved_to'])}" if facts["moved_to"] else ""
    return f"{_spaced(facts['kind'])}, by {reader.names.person(facts['person'])}{moved}"


def _acknowledged(facts: Mapping[str, Any], reader: _Reader) -> str:
    which = ", ".join(reader.occasions.get(each, "something") for each in facts["deliveries"])
    return f"{which}, by {reader.names.person(facts['person'])}"


def _ended(facts: Mapping[str, Any], reader: _Reader) -> str:  # noqa: ARG001  (one shape for all)
    return f"{_spaced(facts['state'])}, by answer {facts['answer']}"


_WORDS: dict[Step, Callable[[Mapping[str, Any], _Reader], str]] = {
    Step.RAISED: _decided,
    Step.GREW: _decided,
    Step.PLANNED: _planned,
    Step.ESCALATED: _escalated,
    Step.SENT: _sent,
    Step.PUT_OFF: _sent,
    Step.FAILED: _sent,
    Step.EXPIRED: _expired,
    Step.RECEIVED: _confirmed,
    Step.SHOWN: _confirmed,
    Step.OPENED: _confirmed,
    Step.ANSWERED: _answered,
    Step.ACKNOWLEDGED: _acknowledged,
    Step.ENDED: _ended,
}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _spaced(word: str) -> str:
    return word.replace("_", " ")
