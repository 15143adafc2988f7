"""What follows from an event's labels: readings, its verdict, which individuals were there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.individuals.tables import IndividualSighting
from api.review.rules import (
    Decision,
    Outcome,
    ReviewState,
    Said,
    Word,
    outcome,
    priority,
    standing,
    words,
)
from api.review.site_rules import rules_of
from api.review.tables import EventReview, Label, Reading


@dataclass(frozen=True, slots=True)
class Reader:
    """Who says it: a person, or a name that came with an import."""

    person_id: int | None
    name: str | None = None
    key: str = field(init=False)

    def __post_init__(self) -> None:
        key = f"person:{self.person_id}" if self.person_id is not None else f"import:{self.name}"
        object.__setattr__(self, "key", key)


async def work_out(session: AsyncSession, review: EventReview, frames: int) -> None:
    """Write anew what follows from an event's labels: readings, verdict, who was there."""
    labels = (await session.scalars(select(Label).where(Label.event_id == review.event_id))).all()
    said = [_said(label) for label in labels]
    held = words(said, frames)
    rules = await rules_of(session, review.site_id)
    found = outcome(held, review.readers_wanted, rules.consensus)
    await _write_readings(session, review, held, {label.id: label for label in labels})
    await _write_individuals(session, review.event_id, labels, said)
    await session.execute(
        update(EventReview)
        .where(EventReview.event_id == review.event_id)
        .values(**_row(review, len(held), found))
    )


def _row(review: EventReview, readers: int, found: Outcome) -> dict[str, Any]:
    return {
        "readers": readers,
        "state": found.state.value,
        "verdict": found.verdict.value if found.verdict is not None else None,
        "count": found.count,
        "priority": priority(
            review.doubt,
            is_new_camera=review.is_new_camera,
            is_new_night=review.is_new_night,
            disputed=found.state is ReviewState.DISPUTED,
        ),
    }


async def _write_readings(
    session: AsyncSession, review: EventReview, held: Sequence[Word], labels: dict[int, Label]
) -> None:
    await session.execute(delete(Reading).where(Reading.event_id == review.event_id))
    for word in held:
        session.add(
            Reading(
                event_id=review.event_id,
                reader=word.reader,
                site_id=review.site_id,
                person_id=labels[word.label_id].person_id,
                label_id=word.label_id,
                decision=word.decision.value,
                count=word.count,
                settles=word.settles,
                made_at=word.made_at,
            )
        )
    await session.flush()


async def _write_individuals(
    session: AsyncSession, event_id: int, labels: Sequence[Label], said: Sequence[Said]
) -> None:
    stand = {label.id for label in standing(said).values()}
    present = {
        number
        for label in labels
        if label.id in stand
        for number in (*label.individuals, *individuals_in(label.boxes))
    }
    await session.execute(delete(IndividualSighting).where(IndividualSighting.event_id == event_id))
    session.add_all(
        IndividualSighting(individual_id=number, event_id=event_id) for number in present
    )
    await session.flush()


def individuals_in(boxes: Sequence[dict[str, Any]] | None) -> list[int]:
    """Return the individuals that boxes name."""
    return [box["individual"] for box in boxes or () if box.get("individual") is not None]


def _said(label: Label) -> Said:
    return Said(
        id=label.id,
        reader=Reader(label.person_id, label.said_by).key,
        detection_id=label.detection_id,
        decision=Decision(label.decision) if label.decision is not None else None,
        takes_back=label.takes_back,
        count=label.count,
        settles=label.settles,
        made_at=label.made_at,
    )
