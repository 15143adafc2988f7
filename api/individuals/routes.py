"""The catalogue over HTTP: for researchers."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import NamedStation
from api.dependencies import Now, ServerParts, Transaction, require
from api.errors import NotFoundError, TooManyRequestsError
from api.individuals import store
from api.individuals.candidates import candidates
from api.individuals.store import Described
from api.individuals.tables import Individual
from api.tables import Detection, Person, Role
from api.text import LARGEST_ID, PlainText

router = APIRouter(tags=["individuals"])

Researcher = Annotated[Person, require(Role.RESEARCHER)]
Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Box = tuple[Fraction, Fraction, Fraction, Fraction]


class Description(BaseModel):
    """An individual as people describe it."""

    name: Annotated[PlainText, Field(min_length=1, max_length=80)]
    sex: Annotated[str, Field(pattern="^(female|male|unknown)$")] = "unknown"
    life_stage: Annotated[str, Field(pattern="^(adult|subadult|juvenile|unknown)$")] = "unknown"
    notes: Annotated[PlainText, Field(max_length=4000)] = ""
    digit: Annotated[int, Field(ge=1, le=9)] | None = None


class PictureView(BaseModel):
    """A reference picture; the box is `[left, top, width, height]`, fractions of the frame."""

    detection_id: str
    captured_at: datetime
    media_url: str | None
    box: Box | None
    note: str


class IndividualView(Description):
    """An individual, its reference pictures, and how often it was seen."""

    id: int
    events: int
    last_seen_at: datetime | None
    pictures: list[PictureView]


class Catalogue(BaseModel):
    """Everybody who is known."""

    individuals: list[IndividualView]


class IndividualSightingView(BaseModel):
    """One event in which an individual was."""

    event_id: int
    started_at: datetime
    station: NamedStation
    herd_id: int | None
    simulated: bool


class IndividualDetail(BaseModel):
    """One individual and where it was seen."""

    individual: IndividualView
    sightings: list[IndividualSightingView]


class CandidateView(BaseModel):
    """Somebody of the catalogue, and how alike (at most 1) the likest of so many pictures is."""

    model_config = ConfigDict(from_attributes=True)

    individual_id: int
    likeness: float
    pictures: int


class Candidates(BaseModel):
    """The catalogue, the likest first: an order to look in, and no proof of who it is."""

    release: str
    candidates: list[CandidateView]


class NewPicture(BaseModel):
    """Which frame shows it, and where in the frame."""

    box: Box | None = None
    note: Annotated[PlainText, Field(max_length=1000)] = ""


@router.get("/individuals")
async def list_individuals(session: Transaction, person: Researcher) -> Catalogue:
    """Return the site's catalogue; those who have a key come first."""
    rows = await store.individuals_of(session, person.site_id)
    return Catalogue(individuals=await _views(session, rows))


@router.get("/individuals/candidates")
async def list_candidates(
    session: Transaction,
    person: Researcher,
    parts: ServerParts,
    detection_id: Annotated[PlainText, Query(max_length=36)],
) -> Candidates:
    """Return the catalogue in the order of likeness to the surest elephant of a frame."""
    frame = await session.get(Detection, detection_id)
    if frame is None or frame.site_id != person.site_id:
        raise NotFoundError("there is no such detection")
    if parts.comparing.locked():  # whoever waited here would hold a connection meanwhile
        raise TooManyRequestsError(
            "somebody else has pictures compared just now: try again in a moment", retry_after_s=5
        )
    async with parts.comparing:
        release, found = await candidates(session, parts.media, frame)
    views = [CandidateView.model_validate(each) for each in found]
    return Candidates(release=release, candidates=views)


@router.post("/individuals", status_code=201)
async def add(
    described: Description, session: Transaction, person: Researcher, moment: Now
) -> IndividualView:
    """Add an individual to the catalogue."""
    wanted = Described(**described.model_dump())
    row = await store.add_individual(session, person.site_id, wanted, moment)
    return (await _views(session, [row]))[0]


@router.get("/individuals/{individual_id}")
async def show(individual_id: Number, session: Transaction, person: Researcher) -> IndividualDetail:
    """Return one individual and where it was seen."""
    row = await store.individual_of(session, person.site_id, individual_id)
    (view,) = await _views(session, [row])
    sightings = await store.sightings_of(session, row)
    return IndividualDetail(
        individual=view,
        sightings=[IndividualSightingView.model_validate(one) for one in sightings],
    )


@router.put("/individuals/{individual_id}")
async def change(
    individual_id: Number, described: Description, session: Transaction, person: Researcher
) -> IndividualView:
    """Describe an individual anew."""
    wanted = Described(**described.model_dump())
    row = await store.change_individual(session, person.site_id, individual_id, wanted)
    return (await _views(session, [row]))[0]


@router.put("/individuals/{individual_id}/pictures/{detection_id}", status_code=204)
async def add_picture(
    individual_id: Number,
    detection_id: Annotated[PlainText, Path(max_length=36)],
    new: NewPicture,
    session: Transaction,
    person: Researcher,
    moment: Now,
) -> None:
    """Make a frame a reference picture of an individual."""
    row = await store.individual_of(session, person.site_id, individual_id)
    await store.add_picture(session, row, detection_id, new.box, new.note, moment)


@router.delete("/individuals/{individual_id}/pictures/{detection_id}", status_code=204)
async def remove_picture(
    individual_id: Number,
    detection_id: Annotated[PlainText, Path(max_length=36)],
    session: Transaction,
    person: Researcher,
) -> None:
    """Take a reference picture out of the catalogue."""
    row = await store.individual_of(session, person.site_id, individual_id)
    await store.remove_picture(session, row, detection_id)


async def _views(session: AsyncSession, rows: Any) -> list[IndividualView]:
    known: list[Individual] = list(rows)
    numbers = [row.id for row in known]
    pictures = await store.pictures_of(session, numbers)
    seen = await store.seen_times(session, numbers)
    return [
        IndividualView(
            id=row.id,
            name=row.name,
            sex=row.sex,
            life_stage=row.life_stage,
            notes=row.notes,
            digit=row.digit,
            events=seen.get(row.id, (0, None))[0],
            last_seen_at=seen.get(row.id, (0, None))[1],
            pictures=[PictureView.model_validate(one) for one in pictures.get(row.id, [])],
        )
        for row in known
    ]
