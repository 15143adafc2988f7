"""Opens the servers that a station's cameras deliver to, and keeps them open."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from edge_agent.camera_settings import DropCameraSettings
from edge_agent.drops.inbox import Inbox
from edge_agent.settings import StationSettings

_log = logging.getLogger(__name__)
_RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


class Drop(Protocol):
    """A server that takes deliveries in."""

    kind: str
    """The kind of its cameras in the config."""

    @property
    def name(self) -> str:
        """How the log calls it."""
        ...

    def open(self) -> None:
        """Listen. Raises `OSError` if the address cannot be had."""
        ...

    def close(self) -> None:
        """Stop listening and hang up."""
        ...


def inboxes_of(settings: StationSettings) -> dict[str, Inbox]:
    """Return the inbox of each camera that delivers by itself, by its deployment."""
    folder = settings.state_dir / "drops"
    cameras = [camera for camera in settings.cameras if isinstance(camera, DropCameraSettings)]
    return {
        camera.deployment_id: Inbox(folder / _folder_name(camera.deployment_id), camera)
        for camera in cameras
    }


def drops_of(settings: StationSettings, inboxes: Mapping[str, Inbox]) -> list[Drop]:
    """Return the servers the cameras need: none, one or two."""
    drops: list[Drop] = []
    if by_name := _by_username(settings, inboxes, "ftp"):
        from edge_agent.drops.ftp import FtpDrop

        drops.append(FtpDrop(settings.ftp, by_name, _hashes(settings, "ftp")))
    if by_name := _by_username(settings, inboxes, "smtp"):
        from edge_agent.drops.smtp import SmtpDrop

        drops.append(SmtpDrop(settings.smtp, by_name, _hashes(settings, "smtp")))
    return drops


async def listen(drop: Drop, note: Callable[[str | None], None] = lambda _: None) -> None:
    """Keep a server open until cancelled. An address that is not there yet is tried again.

    `note` is told why no camera can deliver, and None once they can.
    """
    failures = 0
    while (reason := _failure(drop, is_news=failures == 0)) is not None:
        note(reason)
        await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
        failures += 1
    note(None)
    _log.info("%s waits for pictures", drop.name)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.shield(asyncio.to_thread(drop.close))


def _failure(drop: Drop, *, is_news: bool) -> str | None:
    """Open, and return what went wrong, if anything did."""
    # Not in another thread: told to stop meanwhile, nobody would close what that thread opened.
    try:
        drop.open()
    except OSError as error:
        reason = f"{drop.name} cannot be opened: {error.strerror or error}"
        if is_news:
            _log.warning(reason)
        return reason
    return None


def _folder_name(deployment_id: str) -> str:
    """A deployment may be called anything, a folder may not."""
    return hashlib.sha256(deployment_id.encode()).hexdigest()[:16]


def _by_username(
    settings: StationSettings, inboxes: Mapping[str, Inbox], kind: str
) -> dict[str, Inbox]:
    return {c.username: inboxes[c.deployment_id] for c in _cameras(settings, kind)}


def _hashes(settings: StationSettings, kind: str) -> dict[str, str]:
    return {c.username: c.password_hash for c in _cameras(settings, kind)}


def _cameras(settings: StationSettings, kind: str) -> list[DropCameraSettings]:
    return [c for c in settings.cameras if isinstance(c, DropCameraSettings) and c.kind == kind]
