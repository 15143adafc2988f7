"""Configuration, passwords and rules for a Mosquitto that serves our stations."""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.broker.access import StationUser, heard_by, station_username
from api.broker.provider import MAX_PACKET_BYTES, SERVER_USERNAME
from api.home_assistant import rules as home
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.topics import EVERYTHING, FROM_STATIONS, site_alerts

_PASSWORD_ROUNDS = 101  # as mosquitto_passwd: the passwords are 256 random bits, not words
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one station needs to be let in."""

    user: StationUser
    key: bytes


def write_files(
    folder: Path,
    stations: Iterable[Credentials],
    *,
    server_password: str,
    port: int,
    home_password: str | None = None,
) -> list[Path]:
    """Write mosquitto.conf, passwords and acl; return their paths.

    With a `home_password` Home Assistant is let in, to hear what is for it.

    After a station is enrolled: write again, and send Mosquitto a SIGHUP.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = sorted(stations, key=lambda each: (each.user.site_id, each.user.station_id))
    passwords = [_password_line(SERVER_USERNAME, server_password)]
    passwords += [_password_line(_username(each.user), broker_password(each.key)) for each in known]
    rules = [f"user {SERVER_USERNAME}", f"topic readwrite {EVERYTHING}"]
    rules += [f"topic readwrite {home.EVERYTHING}", "topic readwrite homeassistant/#"]
    if home_password is not None:
        passwords.append(_password_line(home.USERNAME, home_password))
        rules += ["", f"user {home.USERNAME}", f"topic read {home.EVERYTHING}"]
        rules += ["topic read homeassistant/#", "topic write homeassistant/status"]
    for each in known:
        rules += ["", *_rules(each.user)]
    files = {
        "passwords": passwords,
        "acl": rules,
        "mosquitto.conf": _configuration(folder.resolve(), port),
    }
    return [_write(folder / name, lines) for name, lines in files.items()]


def _configuration(folder: Path, port: int) -> list[str]:
    return [
        f"listener {port}",
        "allow_anonymous false",
        f"password_file {folder / 'passwords'}",
        f"acl_file {folder / 'acl'}",
        "# For links that cross the open internet, uncomment and fill in:",
        "# certfile /etc/mosquitto/certs/server.crt",
        "# keyfile /etc/mosquitto/certs/server.key",
        "",
        "# Unless told otherwise Mosquitto drops beyond 1,000 waiting and 20 unacknowledged ones.",
        "# It does not save at each change: that writes all that waits, each time, and leaves it",
        "# a few dozen messages a second. What a killed broker forgets has no storage receipt",
        "# yet, and its station sends it again.",
        "max_queued_messages 0",
        "max_inflight_messages 4000",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_interval 30",
        f"max_packet_size {MAX_PACKET_BYTES}",
        "persistent_client_expiration 1d",
    ]


def _rules(user: StationUser) -> list[str]:
    own = [
        topic.of(user.site_id, user.station_id, "+" if topic.has_rest else None)
        for topic in FROM_STATIONS
    ]
    heard = sorted(heard_by(user) - {site_alerts(user.site_id)})
    return [
        f"user {_username(user)}",
        *(f"topic write {topic}" for topic in own),
        *(f"topic read {topic}" for topic in heard),
        f"topic read {site_alerts(user.site_id)}",
    ]


def _username(user: StationUser) -> str:
    return station_username(user.site_id, user.station_id)


def _password_line(username: str, password: str) -> str:
    """Return a line of Mosquitto's password file: PBKDF2 with SHA-512, its type 7."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PASSWORD_ROUNDS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{username}:$7${_PASSWORD_ROUNDS}${'$'.join(parts)}"


def _write(path: Path, lines: list[str]) -> Path:
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    return part.replace(path)
