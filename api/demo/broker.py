"""A Mosquitto for the demo: as an administrator would set it up, but for this machine alone."""

import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.broker.access import StationUser
from api.broker.mosquitto_files import Credentials, write_files
from api.demo.stage import Stage


class NoMosquittoError(RuntimeError):
    """Mosquitto is not installed."""


@dataclass(frozen=True, slots=True)
class OwnMosquitto:
    """How to start the broker, and what the server must know of it."""

    command: list[str]
    server_password: str


def prepare_mosquitto(folder: Path, stages: Iterable[Stage], port: int) -> OwnMosquitto:
    """Write the broker's files for the stages' stations.

    Raises:
        NoMosquittoError: it is not installed.
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise NoMosquittoError("Mosquitto is not installed; try: apt install mosquitto")
    password = secrets.token_urlsafe(24)
    stations = [
        Credentials(StationUser(stage.site_id, station_id), key)
        for stage in stages
        for station_id, key in stage.station_keys.items()
    ]
    write_files(folder, stations, server_password=password, port=port)
    configuration = folder / "mosquitto.conf"
    _keep_to_this_machine(configuration, port)
    return OwnMosquitto([program, "-c", str(configuration)], password)


def _keep_to_this_machine(configuration: Path, port: int) -> None:
    text = configuration.read_text().replace(f"listener {port}", f"listener {port} 127.0.0.1", 1)
    if os.geteuid() == 0:
        # It would give up root for a user who may not read the demo's folder.
        text += "user root\n"
    configuration.write_text(text)
