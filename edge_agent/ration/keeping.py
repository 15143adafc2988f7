"""Gives a camera its ration: what the tuning allows, into the outbox."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge_agent.contracts.configuration import Tunables
from edge_agent.contracts.samples import SampleMessage
from edge_agent.outbox import Outbox
from edge_agent.ration.ration import Allowance, Ration
from edge_agent.settings import StationSettings

FOLDER = "ration"


class Counts(Protocol):
    """What of the tuner a ration asks."""

    @property
    def counts(self) -> Tunables:
        """Everything that can be tuned, as it is now."""
        ...


def ration_of(
    settings: StationSettings, deployment_id: str, tuning: Counts, outbox: Outbox
) -> Ration:
    """Return the ration of one camera; a change of the budget counts from the next window on."""
    cameras = len(settings.cameras)
    return Ration(
        deployment_id,
        lambda: Allowance.of(tuning.counts.budgets, cameras),
        _keeping(outbox),
        memory=settings.state_dir / FOLDER / _file_of(deployment_id),
        simulated=settings.simulated,
        seed=f"{settings.site_id}/{settings.station_id}",
    )


def _keeping(outbox: Outbox) -> Callable[[SampleMessage], None]:
    def keep(sample: SampleMessage) -> None:
        outbox.keep_sample(str(sample.id), sample.captured_at, sample.to_body())

    return keep


def _file_of(deployment_id: str) -> Path:
    # A deployment's name may hold a slash, or be too long for a file.
    return Path(hashlib.sha256(deployment_id.encode()).hexdigest()[:16] + ".json")
