"""One check after another, so that each answer can be shown at once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from edge_agent.checks.answer import Answer
from edge_agent.checks.board import check_power, check_temperature
from edge_agent.checks.broker import check_broker
from edge_agent.checks.camera import check_camera
from edge_agent.checks.clock import check_clock
from edge_agent.checks.credentials import check_key, check_purpose
from edge_agent.checks.disk import check_disk, newest_kept_at
from edge_agent.checks.model import check_model
from edge_agent.checks.siren import check_siren
from edge_agent.settings import StationSettings
from edge_agent.vitals.board import read_vitals


def check_station(settings: StationSettings, *, sound: bool = False) -> Iterator[Answer]:
    """Check all that a station needs, the quick things first.

    Args:
        settings: its config.
        sound: let the siren sound for a second.
    """
    yield check_purpose(settings)
    yield check_key(settings)
    yield check_clock(datetime.now(UTC), last_kept_at=newest_kept_at(settings.state_dir))
    yield check_disk(settings.state_dir)
    vitals = read_vitals()
    yield check_power(vitals)
    yield check_temperature(vitals)
    yield asyncio.run(check_siren(settings.siren, sound=sound))
    yield check_model(settings)
    for camera in settings.cameras:
        yield asyncio.run(check_camera(camera, settings))
    yield check_broker(settings)
