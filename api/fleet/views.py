"""The fleet as apps see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.fleet.rules import differences
from api.fleet.tables import ReleaseOffer, StationConfig, StationReport


class VersionView(BaseModel):
    """One version of a desired config; without an outcome, the station has not answered yet."""

    version: int
    settings: dict[str, Any]
    note: str
    made_by: str
    made_at: datetime
    told_at: datetime | None
    outcome: str | None
    reason: str
    answered_at: datetime | None


class ReportView(BaseModel):
    """What the station says counts; version 0 is its own file."""

    version: int
    outcome: str
    reason: str
    reported_at: datetime | None
    effective: dict[str, Any]


class DifferenceView(BaseModel):
    """One key that is not as desired."""

    key: str
    desired: Any
    reported: Any


class ConfigView(BaseModel):
    """Desired and reported side by side; `history` begins with the newest."""

    desired: VersionView | None
    reported: ReportView | None
    differences: list[DifferenceView]
    history: list[VersionView]


class OfferView(BaseModel):
    """One release that a station was offered; without a step, it has not answered yet."""

    release: str
    digest: str
    made_at: datetime
    told_at: datetime | None
    step: str | None
    reason: str
    figures: dict[str, float]
    reported_at: datetime | None


def config_view(history: Sequence[StationConfig], report: StationReport | None) -> ConfigView:
    """Put a station's config together; `history` begins with the newest."""
    versions = [VersionView.model_validate(row, from_attributes=True) for row in history]
    desired = versions[0] if versions else None
    reported = _reported(report)
    found = differences(desired.settings, reported.effective) if desired and reported else []
    return ConfigView(
        desired=desired,
        reported=reported,
        differences=[DifferenceView.model_validate(each, from_attributes=True) for each in found],
        history=versions,
    )


def offer_view(row: ReleaseOffer) -> OfferView:
    """Show one offer."""
    return OfferView.model_validate(row, from_attributes=True)


def _reported(report: StationReport | None) -> ReportView | None:
    if report is None or report.config is None:
        return None
    return ReportView.model_validate({**report.config, "reported_at": report.config_at})
