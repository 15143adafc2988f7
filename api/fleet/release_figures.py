"""Releases of a site: where they run, how far their offers came, and what review says of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotFoundError
from api.fleet.store import offer_release, station_of
from api.fleet.tables import ReleaseOffer, StationReport
from api.review.tables import EventReview
from api.tables import Station
from api.tuning.bounds import share_within
from api.tuning.rules import CONFIDENCE
from api.tuning.tables import Digest
from edge_agent.contracts.updates import UpdateOffer, read_manifest

# What people reported, and what was rung for practice: no network said that.
NO_RELEASES = ("human", "drill")


class OfferedTo(BaseModel):
    """How far an offer came at one station; without a step it has not answered."""

    station_id: str
    step: str | None
    reason: str
    figures: dict[str, float]
    reported_at: datetime | None


class LightFigures(BaseModel):
    """What readers said of a release's events in one light; precision with its 95 % interval."""

    lighting: str
    events: int
    reviewed: int
    elephants: int
    precision: list[float | None]


class ReleaseView(BaseModel):
    """One release; `digest` is that of its newest offer, None if it was never offered from here."""

    release: str
    digest: str | None
    running_at: list[str]
    offers: list[OfferedTo]
    figures: list[LightFigures]


async def releases_of(session: AsyncSession, site_id: str) -> list[ReleaseView]:
    """Return the releases that run, were offered or have told something; newest offers first."""
    running: dict[str, list[str]] = defaultdict(list)
    wanted = (
        select(Station.name_id, StationReport.update)
        .join(Station, Station.id == StationReport.station_id)
        .where(Station.site_id == site_id)
        .order_by(Station.name_id)
    )
    for name, update in await session.execute(wanted):
        if update and update.get("running"):
            running[update["running"]].append(name)
    offers: dict[str, list[OfferedTo]] = defaultdict(list)
    digests: dict[str, str] = {}
    offered = (
        select(ReleaseOffer, Station.name_id)
        .join(Station, Station.id == ReleaseOffer.station_id)
        .where(Station.site_id == site_id)
        .order_by(ReleaseOffer.id.desc())
    )
    for offer, name in await session.execute(offered):
        digests.setdefault(offer.release, offer.digest)
        offers[offer.release].append(
            OfferedTo(
                station_id=name,
                step=offer.step,
                reason=offer.reason,
                figures=offer.figures,
                reported_at=offer.reported_at,
            )
        )
    figures = await _figures(session, site_id)
    names = list(dict.fromkeys([*offers, *running, *figures]))
    return [
        ReleaseView(
            release=name,
            digest=digests.get(name),
            running_at=running.get(name, []),
            offers=offers.get(name, []),
            figures=figures.get(name, []),
        )
        for name in names
    ]


async def offer_again(
    session: AsyncSession,
    site_id: str,
    digest: str,
    station_ids: Sequence[str],
    now: datetime,
) -> None:
    """Offer a published release to further stations of the site; those that have it keep theirs.

    Raises:
        NotFoundError: nothing of that digest was published here, or there is no such station.
    """
    known = (
        select(ReleaseOffer)
        .join(Station, Station.id == ReleaseOffer.station_id)
        .where(Station.site_id == site_id, ReleaseOffer.digest == digest)
    )
    rows = (await session.scalars(known)).all()
    if not rows:
        raise NotFoundError("no such release was published here; `model publish` signs one")
    have = {row.station_id for row in rows}
    offer = UpdateOffer.model_validate(rows[0].offer)
    manifest = read_manifest(offer.manifest)
    for name in dict.fromkeys(station_ids):
        station = await station_of(session, site_id, name)
        if station.id not in have:
            await offer_release(session, station, offer, manifest, now)


async def _figures(session: AsyncSession, site_id: str) -> dict[str, list[LightFigures]]:
    wanted = (
        select(Digest.release, Digest.lighting, EventReview.verdict, func.count())
        .outerjoin(EventReview, EventReview.event_id == Digest.event_id)
        .where(Digest.site_id == site_id, Digest.release.not_in(NO_RELEASES))
        .group_by(Digest.release, Digest.lighting, EventReview.verdict)
    )
    counts: dict[tuple[str, str], dict[str | None, int]] = defaultdict(dict)
    for release, lighting, verdict, count in await session.execute(wanted):
        counts[release, lighting][verdict] = count
    found: dict[str, list[LightFigures]] = defaultdict(list)
    for (release, lighting), by_verdict in sorted(counts.items()):
        found[release].append(_light(lighting, by_verdict))
    return found


def _light(lighting: str, by_verdict: dict[str | None, int]) -> LightFigures:
    unknown = by_verdict.get(None, 0) + by_verdict.get("unsure", 0)
    events = sum(by_verdict.values())
    reviewed, elephants = events - unknown, by_verdict.get("elephant", 0)
    low, high = share_within(elephants, reviewed, CONFIDENCE)
    estimate = elephants / reviewed if reviewed else None
    return LightFigures(
        lighting=lighting,
        events=events,
        reviewed=reviewed,
        elephants=elephants,
        precision=[estimate, low, high],
    )
