"""Who was to be rung, and how far it came: a row for each person, from a ledger's entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.ledger.rules import Step

MARKS = (Step.SENT, Step.RECEIVED, Step.SHOWN, Step.OPENED)


@dataclass(slots=True)
class Reached:
    """How far the alert came to one person; of several phones the first to say so counts."""

    person: int
    marks: dict[Step, datetime] = field(default_factory=dict)
    answers: list[tuple[datetime, str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def is_reached(self) -> bool:
        """Whether a phone of theirs has shown it, or they have answered."""
        return bool(self.answers or {Step.SHOWN, Step.OPENED} & self.marks.keys())


def people_reached(bodies: Iterable[Mapping[str, Any]]) -> list[Reached]:
    """Return how far an alert came, in the order in which people were to be rung."""
    found: dict[int, Reached] = {}
    whose: dict[str, int] = {}
    for said in bodies:
        step, facts = Step(said["step"]), said["facts"]
        at = datetime.fromisoformat(facts.get("told_at") or facts.get("answered_at") or said["at"])
        if step is Step.PLANNED:
            _plan(facts, found, whose)
        elif step is Step.ANSWERED:
            row = found.setdefault(facts["person"], Reached(facts["person"]))
            row.answers.append((at, facts["kind"]))
        elif step is Step.EXPIRED:
            for delivery in facts["deliveries"]:
                _trouble(found, whose.get(delivery), facts["because"])
        elif step is Step.FAILED:
            _trouble(found, whose.get(facts["delivery"]), facts["detail"])
        elif step in MARKS and (person := whose.get(facts["delivery"])) is not None:
            found[person].marks.setdefault(step, at)
    return list(found.values())


def _plan(facts: Mapping[str, Any], found: dict[int, Reached], whose: dict[str, int]) -> None:
    for each in facts["deliveries"]:
        person = whose[each["delivery"]] = each["person"]
        row = found.setdefault(person, Reached(person))
        if "silenced" in each:
            row.troubles.append(f"not rung: {each['silenced']}")


def _trouble(found: dict[int, Reached], person: int | None, words: str) -> None:
    if person is not None and words not in found[person].troubles:
        found[person].troubles.append(words)
