"""Months of a valley's events and samples, as rows, without telling each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.fleet.tables import StationHour, StationReport
from api.review.tables import EventReview
from api.samples.tables import Sample
from api.tables import Detection, Event, Station
from edge_agent.contracts.ids import uuid7
from tests.api.world import DUSK, World


@dataclass(frozen=True)
class Seen:
    """An event: how sure the network was, how many days ago, what readers agreed on."""

    score: float
    days_ago: float
    verdict: str | None = "nothing"
    lighting: str = "night_ir"
    foot: tuple[float, float] = (0.3, 0.8)
    release: str = "elephant-0.1"


async def add_events(world: World, station: Station, events: Sequence[Seen]) -> list[int]:
    """Keep events of the station's camera `ridge-1`; return their numbers."""
    numbers = []
    async with world.database.transaction() as session:
        for seen in events:
            at = DUSK - timedelta(days=seen.days_ago)
            event = _event(station, at)
            session.add(event)
            await session.flush()
            session.add(_detection(station, event, seen, at))
            if seen.verdict is not None:
                session.add(_review(station, event, seen, at))
            numbers.append(event.id)
    return numbers


async def add_samples(
    world: World, station: Station, scores: Sequence[float], *, probability: float = 0.1
) -> list[str]:
    ids = [str(uuid7()) for _ in scores]
    rows = [
        Sample(
            id=ids[number],
            site_id="valley",
            station_id=station.id,
            deployment_id="ridge-1",
            captured_at=DUSK - timedelta(days=number + 1, hours=3),
            received_at=DUSK,
            clock="synchronised",
            lighting="night_ir",
            release="elephant-0.1",
            threshold=0.4,
            floor=0.05,
            score=score,
            boxes=[{"label": "elephant", "confidence": score, "box": [0.2, 0.3, 0.1, 0.1]}],
            stratum="low",
            window_began_at=DUSK - timedelta(days=number + 2),
            inclusion_probability=probability,
            media_sha256=f"{number:064x}",
        )
        for number, score in enumerate(scores)
    ]
    await world.add(*rows)
    return ids


async def watch_hours(world: World, station: Station, days: int, *, blind_days: int = 0) -> None:
    """Have the station heard each hour of so many days; blind at the end of them."""
    rows = [
        StationHour(
            station_id=station.id,
            hour=DUSK.replace(minute=0) - timedelta(hours=hour),
            battery_percent=80.0,
            blind={"ridge-1": "covered"} if hour < blind_days * 24 else {},
            cameras=["ridge-1"],
            sharpness={},
        )
        for hour in range(days * 24)
    ]
    await world.add(*rows)


async def report_config(world: World, station: Station, effective: dict[str, Any]) -> None:
    config = {
        "answered_version": 0,
        "outcome": "applied",
        "reason": "",
        "version": 0,
        "effective": effective,
    }
    await world.add(StationReport(station_id=station.id, config=config, config_at=DUSK))


def _event(station: Station, at: datetime) -> Event:
    return Event(
        site_id="valley",
        station_id=station.id,
        deployment_id="ridge-1",
        started_at=at,
        ended_at=at + timedelta(seconds=30),
        latitude=station.latitude,
        longitude=station.longitude,
        count=1,
    )


def _detection(station: Station, event: Event, seen: Seen, at: datetime) -> Detection:
    left, top = seen.foot[0] - 0.05, seen.foot[1] - 0.2
    return Detection(
        id=str(uuid7()),
        revision=1,
        site_id="valley",
        station_id=station.id,
        event_id=event.id,
        deployment_id="ridge-1",
        captured_at=at,
        sent_at=at,
        received_at=at,
        clock="synchronised",
        lighting=seen.lighting,
        release=seen.release,
        threshold=0.4,
        animals=[
            {
                "label": "elephant",
                "confidence": seen.score,
                "box": [left, top, 0.1, 0.2],
                "touches_edge": False,
            }
        ],
        elephants=1,
    )


def _review(station: Station, event: Event, seen: Seen, at: datetime) -> EventReview:
    return EventReview(
        event_id=event.id,
        site_id="valley",
        station_id=station.id,
        deployment_id="ridge-1",
        started_at=at,
        simulated=False,
        lighting=seen.lighting,
        doubt=0.0,
        is_new_camera=False,
        is_new_night=False,
        priority=0.0,
        readers=1,
        readers_wanted=1,
        state="done",
        verdict=seen.verdict,
    )
