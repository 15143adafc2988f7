"""Review over HTTP: for researchers."""

from datetime import timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, model_validator

from api.dependencies import Now, Transaction, require
from api.errors import NotFoundError
from api.review import agreement, queue, site_rules, store
from api.review.queue import LabelView, Order, QueuedEvent
from api.review.rules import Consensus, Decision, ReviewState
from api.review.sorting import sort_in
from api.tables import Person, Role
from api.text import LARGEST_ID, PlainText

router = APIRouter(tags=["review"])

Researcher = Annotated[Person, require(Role.RESEARCHER)]
Fraction = Annotated[float, Field(ge=0, le=1)]
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
EventId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
LifeStage = Annotated[str, Field(pattern="^(adult|subadult|juvenile|unknown)$")]
Sex = Annotated[str, Field(pattern="^(female|male|unknown)$")]
_A_DAY = timedelta(days=1)
_ROUNDING = 1e-9


class Asked(BaseModel):
    """Which events to see next; `but_not` are those the reader has at hand already."""

    order: Order = Order.TEACHING
    state: ReviewState = ReviewState.OPEN
    station: Annotated[PlainText, Field(max_length=40)] | None = None
    herd_id: RowId | None = None
    drills: bool = True
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    but_not: Annotated[list[RowId], Field(max_length=500)] = []


class Progress(BaseModel):
    """How many events are in which state, and how many the asker read during the last day."""

    open: int
    done: int
    disputed: int
    mine_today: int


class Queue(BaseModel):
    """The events to look at next; `still_sorting`: ask again, more are being put in order."""

    events: list[QueuedEvent]
    progress: Progress
    still_sorting: bool


class DrawnBox(BaseModel):
    """One animal in one frame; the box is `[left, top, width, height]`, fractions of the frame."""

    label: Annotated[str, Field(pattern="^(elephant|animal|person|vehicle)$")]
    box: tuple[Fraction, Fraction, Fraction, Fraction]
    individual: RowId | None = None
    life_stage: LifeStage = "unknown"
    sex: Sex = "unknown"

    @model_validator(mode="after")
    def _lies_in_the_frame(self) -> Self:
        left, top, width, height = self.box
        if min(width, height) <= 0 or max(left + width, top + height) > 1 + _ROUNDING:
            raise ValueError("a box has a width and a height, and lies in the frame")
        return self


class Group(BaseModel):
    """So many animals of one age and sex."""

    count: Annotated[int, Field(ge=1, le=1000)]
    life_stage: LifeStage = "unknown"
    sex: Sex = "unknown"


class Saying(BaseModel):
    """What a reader says; `id` is made by the asker, so that a repeat is harmless."""

    id: UUID
    event_id: RowId
    detection_id: Annotated[PlainText, Field(max_length=36)] | None = None
    decision: Decision
    settles: bool = False
    count: Annotated[int, Field(ge=1, le=1000)] | None = None
    groups: Annotated[list[Group], Field(max_length=20)] = []
    behaviour: Annotated[PlainText, Field(max_length=2000)] = ""
    individuals: Annotated[list[RowId], Field(max_length=50)] = []
    boxes: Annotated[list[DrawnBox], Field(max_length=200)] | None = None


class TakingBack(BaseModel):
    """The id of the new row, made by the asker."""

    id: UUID


class Kept(BaseModel):
    """A label is stored."""

    id: str


class Detail(BaseModel):
    """One event with what was said of it."""

    event: QueuedEvent
    labels: list[LabelView]


class RulesView(BaseModel):
    """The share of events that two readers read, blind, and when they make a verdict."""

    second_share: Fraction
    consensus: Consensus


class PairView(BaseModel):
    """Two readers: `table` counts the first's word by the second's."""

    readers: tuple[str, str]
    events: int
    agreed: float
    kappa: float | None
    table: dict[str, dict[str, int]]


class AgreementView(BaseModel):
    """Agreement over the events that more than one reader read independently."""

    events: int
    fleiss_kappa: float | None
    pairs: list[PairView]


@router.post("/review/queue")
async def ask_for_events(
    asked: Asked, session: Transaction, person: Researcher, moment: Now
) -> Queue:
    """Return the next events to look at, after new ones were put into the queue."""
    share = (await site_rules.rules_of(session, person.site_id)).second_share
    still_sorting = await sort_in(session, person.site_id, share)
    wish = queue.Wish(**asked.model_dump())
    return Queue(
        events=await queue.next_events(session, person, wish),
        progress=Progress(
            **await queue.waiting(session, person.site_id),
            mine_today=await queue.said_since(session, person, moment - _A_DAY),
        ),
        still_sorting=still_sorting,
    )


@router.get("/review/events/{event_id}")
async def show_event(event_id: EventId, session: Transaction, person: Researcher) -> Detail:
    """Return one event and what was said of it; others' words only to those who read it."""
    event = await queue.event_view(session, person, event_id)
    if event is None:
        raise NotFoundError("there is no such event in the queue")
    return Detail(event=event, labels=await queue.labels_of(session, person, [event_id]))


@router.get("/review/labels/last")
async def show_last(session: Transaction, person: Researcher) -> Detail | None:
    """Return the event of the asker's last label that stands, for undo after a reload."""
    last = await queue.last_said(session, person)
    event = await queue.event_view(session, person, last.event_id) if last is not None else None
    if last is None or event is None:
        return None
    labels = await queue.labels_of(session, person, [event.id])
    return Detail(event=event, labels=[label for label in labels if label.id == last.key])


@router.post("/review/labels", status_code=201)
async def say(said: Saying, session: Transaction, person: Researcher, moment: Now) -> Kept:
    """Keep what the reader says of an event, or of one frame of it."""
    values: dict[str, Any] = said.model_dump(exclude={"id"})
    label = await store.add_label(
        session, person, store.NewLabel(key=str(said.id), **values), moment
    )
    return Kept(id=label.key)


@router.post("/review/labels/{label_id}/undo", status_code=201)
async def undo(
    label_id: UUID, back: TakingBack, session: Transaction, person: Researcher, moment: Now
) -> Kept:
    """Take a label of one's own back: what was said before it holds again."""
    label = await store.take_back(session, person, str(back.id), str(label_id), moment)
    return Kept(id=label.key)


@router.get("/review/agreement")
async def show_agreement(session: Transaction, person: Researcher) -> AgreementView:
    """Return how far the site's readers agree: Cohen's kappa of each two, Fleiss' of all."""
    found = await agreement.agreement(session, person.site_id)
    return AgreementView.model_validate(found, from_attributes=True)


@router.get("/review/rules")
async def show_rules(session: Transaction, person: Researcher) -> RulesView:
    """Return how the site comes to a verdict."""
    rules = await site_rules.rules_of(session, person.site_id)
    return RulesView(second_share=rules.second_share, consensus=rules.consensus)


@router.put("/review/rules")
async def change_rules(
    rules: RulesView, session: Transaction, person: Annotated[Person, require(Role.OPERATOR)]
) -> RulesView:
    """Change how the site comes to a verdict; events already in the queue keep their readers."""
    agreed = site_rules.Agreed(rules.second_share, rules.consensus)
    await site_rules.set_rules(session, person.site_id, agreed)
    return rules
