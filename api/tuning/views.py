"""Thresholds as the console sees them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.alerts.view import NamedStation, media_url
from api.samples.tables import Sample
from api.tables import Station
from api.tuning.tables import ThresholdChange, ThresholdReport, ThresholdWork
from api.tuning.watching import Watched


class WorkView(BaseModel):
    """How fresh the reports are; `step` says what is being done while they are made."""

    wanted_at: datetime
    done_at: datetime | None
    is_running: bool
    step: str
    problem: str


class PlaceView(BaseModel):
    """One camera in one light, at the threshold `now`; shares are [estimate, low, high]."""

    station: NamedStation
    deployment_id: str
    lighting: str
    as_of: datetime
    now: float
    days: float
    events: int
    samples: int
    reviewed: int
    is_sampled: bool
    false_per_month: float | None
    false_per_month_at_most: float | None
    precision: list[float | None] | None
    recall: list[float | None] | None
    recommended: float | None
    days_missing: float
    stopped_by: str
    spots: int


class WatchedView(BaseModel):
    """What came since a change: early, kept or broken is its promise."""

    days: float
    alarms: int
    false: int
    unreviewed: int
    elephants: int
    standing: str


class ChangeView(BaseModel):
    """One applied threshold or mask."""

    id: int
    station: NamedStation
    deployment_id: str
    lighting: str
    kind: str
    before: Any
    after: Any
    promised: dict[str, Any]
    version: int
    made_by: str
    made_at: datetime
    reverted_at: datetime | None
    reverted_by: str | None
    watched: WatchedView | None


class SampleToLabel(BaseModel):
    """A frame below the threshold that nobody has looked at yet."""

    id: str
    station: NamedStation
    deployment_id: str
    captured_at: datetime
    lighting: str
    score: float
    threshold: float
    stands_for: float
    boxes: list[dict[str, Any]]
    media_url: str


def work_view(row: ThresholdWork | None) -> WorkView | None:
    """Show how far the reports are."""
    if row is None:
        return None
    is_done = row.done_at is not None and row.done_at >= row.wanted_at
    return WorkView(
        wanted_at=row.wanted_at,
        done_at=row.done_at,
        is_running=not is_done,
        step=row.step,
        problem=row.problem,
    )


def place_view(row: ThresholdReport, station: Station) -> PlaceView:
    """Show a report in short."""
    body = row.body
    point = at_threshold(body["points"], body["now"])
    recommended = body["recommended"]
    return PlaceView(
        station=named(station),
        deployment_id=row.deployment_id,
        lighting=row.lighting,
        as_of=row.as_of,
        false_per_month=None if point is None else point["false_per_day"] * 30,
        false_per_month_at_most=None if point is None else point["false_per_day_at_most"] * 30,
        precision=None if point is None else point["precision"],
        recall=None if point is None else point["recall"],
        recommended=recommended["threshold"],
        days_missing=recommended["days_missing"],
        stopped_by=recommended["stopped_by"],
        spots=len(body["spots"]),
        **{
            name: body[name]
            for name in ("now", "days", "events", "samples", "reviewed", "is_sampled")
        },
    )


def at_threshold(points: Sequence[dict[str, Any]], threshold: float) -> dict[str, Any] | None:
    """Return the point of the curve that is nearest to a threshold."""
    near = [each for each in points if abs(each["threshold"] - threshold) <= 0.011]
    return min(near, key=lambda each: abs(each["threshold"] - threshold), default=None)


def change_view(row: ThresholdChange, station: Station, seen: Watched | None) -> ChangeView:
    """Show a change, and what came since."""
    return ChangeView.model_validate(
        {
            name: getattr(row, name)
            for name in ChangeView.model_fields
            if name not in ("station", "watched")
        }
        | {"station": named(station), "watched": None if seen is None else asdict(seen)}
    )


def sample_view(sample: Sample, station: Station) -> SampleToLabel:
    """Show a sample to be labelled."""
    return SampleToLabel(
        id=sample.id,
        station=named(station),
        deployment_id=sample.deployment_id,
        captured_at=sample.captured_at,
        lighting=sample.lighting,
        score=sample.score,
        threshold=sample.threshold,
        stands_for=1 / sample.inclusion_probability,
        boxes=sample.boxes,
        media_url=media_url(sample.media_sha256 or ""),
    )


def named(station: Station) -> NamedStation:
    """Name a station."""
    return NamedStation(id=station.name_id, name=station.name)
