"""How far readers agree beyond chance: Cohen's and Fleiss' kappa."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.review.tables import Label, Reading
from api.tables import Person


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readers, the events both read, how often they agree, and kappa if it is defined."""

    readers: tuple[str, str]
    events: int
    agreed: float
    kappa: float | None
    table: dict[str, dict[str, int]]


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of two readers' words on the same events.

    None where it means nothing: without events, or if chance alone would make them always agree.
    """
    if not pairs:
        return None
    number = len(pairs)
    agreed = sum(one == other for one, other in pairs) / number
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[word] * second[word] for word in first) / number**2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def fleiss_kappa(events: Sequence[Mapping[str, int]]) -> float | None:
    """Return Fleiss' kappa of any number of readers; each event tells how many said each word.

    Events may have different numbers of readers (then it is the usual generalisation: each event
    weighs the same); those with fewer than two say nothing about agreement and are left out.
    """
    counted = [event for event in events if sum(event.values()) > 1]
    if not counted:
        return None
    words: Counter[str] = Counter()
    agreed = 0.0
    for event in counted:
        readers = sum(event.values())
        words.update(event)
        agreed += sum(n * (n - 1) for n in event.values()) / (readers * (readers - 1))
    agreed /= len(counted)
    by_chance = sum((number / words.total()) ** 2 for number in words.values())
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def between(one: str, other: str, pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return how two readers agree on the events that both have read."""
    table: dict[str, dict[str, int]] = {}
    for first, second in pairs:
        row = table.setdefault(first, {})
        row[second] = row.get(second, 0) + 1
    agreed = sum(first == second for first, second in pairs) / len(pairs) if pairs else 0.0
    return Agreement((one, other), len(pairs), agreed, cohen_kappa(pairs), table)


async def agreement(session: AsyncSession, site_id: str) -> dict[str, Any]:
    """Return every two readers' agreement at a site, and that of all of them.

    A word that settled a dispute was given in view of the others: it is no independent reading,
    and does not count here.
    """
    words = await _independent(session, site_id)
    names = await _names(session, site_id)
    readers = sorted({reader for event in words.values() for reader in event})
    pairs = [
        between(
            names.get(one, one),
            names.get(other, other),
            [(e[one], e[other]) for e in words.values() if one in e and other in e],
        )
        for position, one in enumerate(readers)
        for other in readers[position + 1 :]
    ]
    counted = [Counter(event.values()) for event in words.values() if len(event) > 1]
    return {
        "events": len(counted),
        "fleiss_kappa": fleiss_kappa(counted),
        "pairs": [pair for pair in pairs if pair.events],
    }


async def _independent(session: AsyncSession, site_id: str) -> dict[int, dict[str, str]]:
    twice = (
        select(Reading.event_id)
        .where(Reading.site_id == site_id, Reading.settles.is_(False))
        .group_by(Reading.event_id)
        .having(func.count() > 1)
    )
    wanted = select(Reading.event_id, Reading.reader, Reading.decision).where(
        Reading.event_id.in_(twice), Reading.settles.is_(False)
    )
    found: dict[int, dict[str, str]] = {}
    for event_id, reader, decision in await session.execute(wanted):
        found.setdefault(event_id, {})[reader] = decision
    return found


async def _names(session: AsyncSession, site_id: str) -> dict[str, str]:
    people = select(Person.id, Person.name).where(Person.site_id == site_id)
    named = {f"person:{number}": name for number, name in await session.execute(people)}
    foreign = select(Label.said_by).where(Label.site_id == site_id, Label.said_by.is_not(None))
    return named | {
        f"import:{name}": str(name) for name in await session.scalars(foreign.distinct())
    }
