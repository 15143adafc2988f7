"""What a station's settings ask of a release on trial."""

from edge_agent.settings import StationSettings, UpdatesSettings
from edge_agent.updates.judging import Rules
from edge_agent.updates.second import Limits


def rules_of(settings: UpdatesSettings) -> Rules:
    """Return what a release must prove at this station."""
    return Rules(
        frames=settings.trial_frames,
        least_elephants=settings.least_elephants,
        missed_at_most=settings.missed_at_most,
        fired_at_most=settings.fired_at_most,
        slowest_ms=settings.slowest_ms,
        slower_at_most=settings.slower_at_most,
    )


def limits_of(settings: StationSettings) -> Limits:
    """Return what the process of a release on trial may take, and how it looks."""
    return Limits(
        slowest_ms=settings.updates.slowest_ms,
        most_memory_mb=settings.updates.most_memory_mb,
        threads=settings.model.threads,
        budget_ms=settings.model.look_budget_ms,
        precision=settings.model.precision,
    )
