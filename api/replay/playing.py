"""Plays the kept of several stations, one after the other, and puts together what differs."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.database import Database
from api.errors import InvalidError
from api.fleet.store import station_of
from api.jobs.worker import Task
from api.replay.rules import Difference, Kept, Outcome, Side, Tally, replay
from api.replay.store import kept_of, lookings_of, window
from api.tuning.store import digest_events
from edge_agent.contracts.configuration import TuningError

REPLAY = "replay"
MOST_SHOWN = 300

Tell = Callable[[int, int], Awaitable[None]]


class ReplayWishes(BaseModel):
    """What to play: the last days of these stations, with a change of config."""

    station_ids: list[str]
    settings: dict[str, Any] = Field(default_factory=dict)
    days: float = 30.0


@dataclass(frozen=True, slots=True)
class Network:
    """What a release says of kept pictures: the surest elephant of each, by its SHA-256."""

    name: str
    scores: Mapping[str, float]
    thresholds: Mapping[str, float]

    def score(self, kept: Kept) -> float | None:
        """Return what it says of a kept look; None if it has not seen that picture."""
        return self.scores.get(kept.media_sha256 or "")


async def play(task: Task) -> dict[str, Any]:
    """Play kept events and samples under the change that a job asks for."""
    wishes = ReplayWishes.model_validate(task.job.wishes)
    parts = task.parts
    return await play_wishes(parts.database, task.job.site_id, wishes, parts.clock(), task.tell)


async def play_wishes(
    database: Database,
    site_id: str,
    wishes: ReplayWishes,
    moment: datetime,
    tell: Tell,
    *,
    before: Network | None = None,
    after: Network | None = None,
) -> dict[str, Any]:
    """Play the wishes; with networks, what these say of the pictures counts on their side.

    Raises:
        NotFoundError: no such station. InvalidError: one of them could not look like that.
    """
    await digest_all(database, site_id, moment)
    outcomes: dict[str, Outcome] = {}
    kept_all = looked = 0
    for number, name in enumerate(wishes.station_ids):
        await tell(number, len(wishes.station_ids))
        async with database.reading() as session:
            station = await station_of(session, site_id, name)
            kept = await kept_of(session, station, *window(moment, wishes.days))
            try:
                now, then = await lookings_of(session, station, wishes.settings)
            except TuningError as error:
                raise InvalidError(f"{name}: {error}") from error
        sides = Side(now), Side(then)
        if before is not None:
            sides = Side(now, before.score, before.thresholds), sides[1]
        if after is not None:
            sides = sides[0], Side(then, after.score, after.thresholds)
        kept_all += len(kept)
        looked += sum(all(side.score(each) is not None for side in sides) for each in kept)
        outcomes[name] = replay(kept, *sides)
    return _report(wishes, outcomes, kept_all, looked) | {
        "network_before": before.name if before else None,
        "network_after": after.name if after else None,
    }


async def digest_all(database: Database, site_id: str, moment: datetime) -> None:
    """Work out the digests of all events so far: they are what is played."""
    more = True
    while more:
        async with database.transaction() as session:
            more = await digest_events(session, site_id, moment)


def _report(
    wishes: ReplayWishes, outcomes: Mapping[str, Outcome], kept: int, looked: int
) -> dict[str, Any]:
    differences = [(name, each) for name, one in outcomes.items() for each in one.differences]
    return {
        "days": wishes.days,
        "kept": kept,
        "looked_at": looked,
        "before": asdict(_sum([each.before for each in outcomes.values()])),
        "after": asdict(_sum([each.after for each in outcomes.values()])),
        "why": dict(Counter(each.why for _, each in differences)),
        "differences": [_told(name, each) for name, each in differences[:MOST_SHOWN]],
        "more": max(len(differences) - MOST_SHOWN, 0),
    }


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        elephants=round(sum(each.elephants for each in tallies), 2),
        others=round(sum(each.others for each in tallies), 2),
        unknown=round(sum(each.unknown for each in tallies), 2),
    )


def _told(station: str, difference: Difference) -> dict[str, Any]:
    kept = difference.kept
    return {
        "station": station,
        "kind": kept.kind,
        "key": kept.key,
        "deployment_id": kept.deployment_id,
        "lighting": kept.lighting,
        "captured_at": kept.captured_at.isoformat(),
        "score_before": difference.score_before,
        "score_after": difference.score_after,
        "is_elephant": kept.is_elephant,
        "is_told": difference.is_told,
        "why": difference.why,
        "media_url": f"/api/v1/media/{kept.media_sha256}" if kept.media_sha256 else None,
        "stands_for": round(kept.stands_for, 2),
    }
