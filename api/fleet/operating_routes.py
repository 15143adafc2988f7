"""The fleet's pages over HTTP: the whole at a glance, the config's form, roll-outs, releases."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.audit import store as audit
from api.dependencies import Now, Transaction, require
from api.fleet.meanings import form_fields
from api.fleet.overview import Fleet, fleet_of
from api.fleet.release_figures import ReleaseView, offer_again, releases_of
from api.fleet.rollouts import NewRollout, begin, cancel, rollout_of, rollouts_of, told_of
from api.fleet.tables import Rollout
from api.tables import Person, Role
from api.text import LARGEST_ID, PlainText

router = APIRouter(tags=["fleet"])
RowNumber = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Operator = Annotated[Person, require(Role.OPERATOR)]


class ConfigForm(BaseModel):
    """Each field has key, type, meaning, default and limits."""

    fields: list[dict[str, Any]]


class RolloutWish(BaseModel):
    """Settings for many stations; the first one named is tried alone.

    `merge` lays them over what each station has been wished (null takes a key out), `replace` puts
    them in its place. Each stage is watched for `soak_minutes` after all of it has applied.
    """

    station_ids: Annotated[list[PlainText], Field(min_length=1, max_length=1000)]
    settings: dict[str, Any]
    mode: Literal["merge", "replace"] = "merge"
    soak_minutes: Annotated[float, Field(ge=0, le=10_080)] = 60
    note: Annotated[PlainText, Field(max_length=300)] = ""


class RolloutMember(BaseModel):
    """One station of a roll-out; without a version it was not told yet."""

    id: str
    name: str
    stage: int
    version: int | None
    outcome: str | None
    reason: str
    undone_version: int | None


class RolloutView(BaseModel):
    """A roll-out and how far it is; `stage` counts from 0."""

    id: int
    settings: dict[str, Any]
    mode: str
    note: str
    soak_minutes: float
    state: str
    stage: int
    stages: int
    stage_at: datetime
    reason: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    stations: list[RolloutMember]


class OfferWish(BaseModel):
    """Stations to offer a published release to."""

    station_ids: Annotated[list[PlainText], Field(min_length=1, max_length=1000)]


@router.get("/fleet")
async def read_fleet(session: Transaction, moment: Now, person: Operator) -> Fleet:
    """Return all stations with alarms, forecasts, versions and their last pictures."""
    return await fleet_of(session, person.site_id, moment)


@router.get("/fleet/config-form")
async def read_config_form(person: Operator) -> ConfigForm:  # noqa: ARG001 (lets operators in)
    """Return the fields from which the config's form is made."""
    return ConfigForm(fields=form_fields())


@router.get("/fleet/rollouts")
async def list_rollouts(session: Transaction, person: Operator) -> list[RolloutView]:
    """Return the newest roll-outs, the newest first."""
    rows = await rollouts_of(session, person.site_id)
    return await _views(session, rows)


@router.post("/fleet/rollouts", status_code=201)
async def begin_rollout(
    wish: RolloutWish, session: Transaction, moment: Now, person: Operator
) -> RolloutView:
    """Begin a roll-out; it goes on by itself, and stops by itself if it makes things worse."""
    new = NewRollout(
        station_ids=wish.station_ids,
        settings=wish.settings,
        mode=wish.mode,
        soak=timedelta(minutes=wish.soak_minutes),
        note=wish.note,
    )
    rollout = await begin(session, person, new, moment)
    await audit.note(
        session,
        person,
        "rollout.begin",
        moment,
        subject=f"roll-out {rollout.id}",
        after={"stations": wish.station_ids, "mode": wish.mode, "settings": wish.settings},
    )
    (view,) = await _views(session, [rollout])
    return view


@router.post("/fleet/rollouts/{rollout_id}/cancel")
async def cancel_rollout(
    rollout_id: RowNumber, session: Transaction, moment: Now, person: Operator
) -> RolloutView:
    """End a roll-out; every station gets back what it had."""
    rollout = await cancel(session, person, rollout_id, moment)
    await audit.note(session, person, "rollout.cancel", moment, subject=f"roll-out {rollout_id}")
    (view,) = await _views(session, [rollout])
    return view


@router.get("/fleet/rollouts/{rollout_id}")
async def read_rollout(
    rollout_id: RowNumber, session: Transaction, person: Operator
) -> RolloutView:
    """Return one roll-out."""
    (view,) = await _views(session, [await rollout_of(session, person.site_id, rollout_id)])
    return view


@router.get("/fleet/releases")
async def list_releases(session: Transaction, person: Operator) -> list[ReleaseView]:
    """Return the releases of the site: where each runs, how far offers came, what review says."""
    return await releases_of(session, person.site_id)


@router.post("/fleet/releases/{digest}/offers", status_code=201)
async def offer_to_more(
    digest: str, wish: OfferWish, session: Transaction, moment: Now, person: Operator
) -> list[ReleaseView]:
    """Offer a release that was published for one station to others: it is signed already."""
    release = await offer_again(session, person.site_id, digest, wish.station_ids, moment)
    after = {"digest": digest, "stations": wish.station_ids}
    await audit.note(session, person, "release.offer", moment, subject=release, after=after)
    return await releases_of(session, person.site_id)


async def _views(session: Transaction, rows: Any) -> list[RolloutView]:
    members: dict[int, list[RolloutMember]] = {row.id: [] for row in rows}
    for rollout_id, told in await told_of(session, list(members)):
        members[rollout_id].append(RolloutMember(**told))
    return [_view(row, members[row.id]) for row in rows]


def _view(row: Rollout, members: list[RolloutMember]) -> RolloutView:
    names = [name for name in RolloutView.model_fields if name not in ("soak_minutes", "stations")]
    told = {name: getattr(row, name) for name in names}
    return RolloutView(soak_minutes=row.soak_s / 60, stations=members, **told)
