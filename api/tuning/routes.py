"""Thresholds from evidence over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.audit import store as audit
from api.dependencies import Now, Transaction, require
from api.errors import InvalidError, NotFoundError
from api.fleet.store import station_of
from api.samples.tables import Sample
from api.tables import Person, Role, Station
from api.text import LARGEST_ID, PlainText
from api.tuning.changes import NewChange, apply, changes_of, revert
from api.tuning.evidence import Place
from api.tuning.store import label_sample, samples_to_label
from api.tuning.tables import ThresholdChange, ThresholdReport, ThresholdWork
from api.tuning.views import (
    ChangeView,
    PlaceView,
    SampleToLabel,
    WorkView,
    at_threshold,
    change_view,
    place_view,
    sample_view,
    work_view,
)
from api.tuning.watching import watched
from api.tuning.work import ask
from edge_agent.contracts.configuration import Corners, Threshold
from edge_agent.contracts.messages import Lighting

router = APIRouter(tags=["tuning"])
Operator = Annotated[Person, require(Role.OPERATOR)]
Researcher = Annotated[Person, require(Role.RESEARCHER)]
RowNumber = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_WATCHED = 20  # the newest changes, with what came since


class Thresholds(BaseModel):
    """Every camera in every light; `balance` are choices for all of them, the first is as now.

    A choice's `thresholds` are [station, deployment, lighting, threshold].
    """

    work: WorkView | None
    places: list[PlaceView]
    balance: list[dict[str, Any]]
    samples_to_label: int


class PlaceReport(BaseModel):
    """All that the evidence of one place says, and what was changed there."""

    place: PlaceView
    report: dict[str, Any]
    changes: list[ChangeView]


class Wanted(BaseModel):
    """A threshold, or one more mask, for one camera in one light."""

    station_id: Annotated[PlainText, Field(max_length=40)]
    deployment_id: Annotated[PlainText, Field(max_length=80)]
    lighting: Lighting
    threshold: Threshold | None = None
    mask: Corners | None = None


class Wishes(BaseModel):
    """What to apply, and the promise that goes with it."""

    changes: Annotated[list[Wanted], Field(min_length=1, max_length=500)]
    one_in_days: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    note: Annotated[PlainText, Field(max_length=300)] = ""


class SampleDecision(BaseModel):
    """Whether an elephant is in the frame; null: nobody can tell."""

    is_elephant: bool | None


class SamplesToLabel(BaseModel):
    """Frames to look at, the likeliest elephants first, and how many wait in all."""

    waiting: int
    samples: list[SampleToLabel]


@router.get("/tuning/thresholds")
async def list_thresholds(session: Transaction, person: Operator) -> Thresholds:
    """Return what the evidence says of each camera and light, and how fresh that is."""
    work = await session.get(ThresholdWork, person.site_id)
    wanted = (
        select(ThresholdReport, Station)
        .join(Station, Station.id == ThresholdReport.station_id)
        .where(ThresholdReport.site_id == person.site_id)
        .order_by(Station.name, ThresholdReport.deployment_id, ThresholdReport.lighting)
    )
    rows = [(row[0], row[1]) for row in await session.execute(wanted)]
    names = {station.id: station.name_id for _, station in rows}
    _, waiting = await samples_to_label(session, person.site_id, 0)
    balance = [
        choice
        | {
            "thresholds": [
                [names[station], *rest]
                for station, *rest in choice["thresholds"]
                if station in names
            ]
        }
        for choice in (work.balance if work else None) or ()
    ]
    return Thresholds(
        work=work_view(work),
        places=[place_view(report, station) for report, station in rows],
        balance=balance,
        samples_to_label=waiting,
    )


@router.get("/tuning/thresholds/{station_id}/{deployment_id}/{lighting}")
async def read_threshold(
    station_id: str,
    deployment_id: str,
    lighting: Lighting,
    session: Transaction,
    moment: Now,
    person: Operator,
) -> PlaceReport:
    """Return the whole report of one camera in one light."""
    station = await station_of(session, person.site_id, station_id)
    place = Place(station.id, deployment_id, lighting)
    row = await session.get(ThresholdReport, tuple(place))
    if row is None:
        raise NotFoundError("there is no report of this camera in this light yet")
    changes = await changes_of(session, person.site_id, _WATCHED, place)
    return PlaceReport(
        place=place_view(row, station),
        report=row.body,
        changes=await _views(session, changes, moment),
    )


@router.post("/tuning/refresh", status_code=202)
async def refresh(session: Transaction, moment: Now, person: Operator) -> WorkView:
    """Ask for the reports to be made anew; the list says how far they are."""
    await ask(session, person.site_id, moment)
    view = work_view(await session.get(ThresholdWork, person.site_id, populate_existing=True))
    assert view is not None  # noqa: S101 - asked for above
    return view


@router.post("/tuning/changes", status_code=201)
async def apply_changes(
    wishes: Wishes, session: Transaction, moment: Now, person: Operator
) -> list[ChangeView]:
    """Apply thresholds or masks: each becomes a new version of its station's desired config."""
    made = []
    for wanted in wishes.changes:
        if (wanted.threshold is None) == (wanted.mask is None):
            raise InvalidError("a change is either a threshold or a mask")
        station = await station_of(session, person.site_id, wanted.station_id)
        new = NewChange(
            station_id=wanted.station_id,
            deployment_id=wanted.deployment_id,
            lighting=wanted.lighting,
            threshold=wanted.threshold,
            mask=wanted.mask,
            promised=await _promised(session, station, wanted, wishes.one_in_days),
        )
        note = wishes.note or _note_of(wanted)
        change = await apply(session, person, new, note, moment)
        await audit.note(
            session,
            person,
            f"threshold.{change.kind}",
            moment,
            subject=_camera_of(change),
            before=change.before,
            after=change.after,
        )
        made.append(change_view(change, station, None))
    return made


@router.get("/tuning/changes")
async def list_changes(
    session: Transaction,
    moment: Now,
    person: Operator,
    limit: Annotated[int, Query(ge=1, le=_WATCHED)] = _WATCHED,
) -> list[ChangeView]:
    """Return what was applied, the newest first, and whether each promise stands."""
    return await _views(session, await changes_of(session, person.site_id, limit), moment)


@router.post("/tuning/changes/{change_id}/revert")
async def revert_change(
    change_id: RowNumber, session: Transaction, moment: Now, person: Operator
) -> ChangeView:
    """Take a change back; everything else of the config stays."""
    change = await revert(session, person, change_id, moment)
    await audit.note(
        session,
        person,
        "threshold.revert",
        moment,
        subject=_camera_of(change),
        before=change.after,
        after=change.before,
    )
    station = await session.get_one(Station, change.station_id)
    (view,) = await _views(session, [(change, station)], moment)
    return view


@router.get("/tuning/samples")
async def list_samples_to_label(
    session: Transaction,
    person: Researcher,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SamplesToLabel:
    """Return frames below the threshold that nobody has looked at."""
    rows, waiting = await samples_to_label(session, person.site_id, limit)
    return SamplesToLabel(waiting=waiting, samples=[sample_view(*row) for row in rows])


@router.put("/tuning/samples/{sample_id}", status_code=204)
async def put_sample_label(
    sample_id: str, decision: SampleDecision, session: Transaction, moment: Now, person: Researcher
) -> None:
    """Say whether an elephant is in a frame below the threshold; the last word counts."""
    sample = await session.get(Sample, sample_id)
    if sample is None or sample.site_id != person.site_id:
        raise NotFoundError("there is no such sample")
    await label_sample(
        session, sample, is_elephant=decision.is_elephant, person_id=person.id, now=moment
    )


async def _views(
    session: Transaction, changes: Sequence[tuple[ThresholdChange, Station]], moment: datetime
) -> list[ChangeView]:
    seen = await watched(session, [change for change, _ in changes], moment)
    return [change_view(change, station, seen[change.id]) for change, station in changes]


async def _promised(
    session: Transaction, station: Station, wanted: Wanted, one_in_days: float
) -> dict[str, Any]:
    """Return what the report says of a threshold now: what the promise is held against later."""
    row = await session.get(ThresholdReport, (station.id, wanted.deployment_id, wanted.lighting))
    promised: dict[str, Any] = {"one_in_days": one_in_days, "confidence": 0.95}
    if row is None:
        return promised
    promised["as_of"] = row.as_of.isoformat()
    if wanted.threshold is not None:
        promised |= at_threshold(row.body["points"], wanted.threshold) or {}
    return promised


def _note_of(wanted: Wanted) -> str:
    what = "mask" if wanted.mask is not None else f"threshold {wanted.threshold:g}"
    return f"{what} for {wanted.deployment_id} in {wanted.lighting}, from evidence"


def _camera_of(change: ThresholdChange) -> str:
    return f"{change.deployment_id} ({change.lighting})"
