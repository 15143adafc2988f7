"""The station's story: each camera is watched, what is confirmed is kept, the link tells it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from edge_agent.camera_settings import (
    CameraSettings,
    SimulatedCameraSettings,
    VideoCameraSettings,
)
from edge_agent.cameras.opening import open_camera
from edge_agent.confirmation import Confirmation
from edge_agent.contracts import topics
from edge_agent.contracts.messages import HealthMessage
from edge_agent.drops.listening import drops_of, inboxes_of, listen
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.health import Tally, health_of
from edge_agent.link import Link
from edge_agent.looking import Eye
from edge_agent.motion import MotionGate
from edge_agent.outbox import Outbox, Room
from edge_agent.ration.keeping import ration_of
from edge_agent.settings import StationSettings
from edge_agent.sightings import Sightings
from edge_agent.siren.siren import Siren
from edge_agent.spending import MB
from edge_agent.tuning.obeying import guard, obey
from edge_agent.tuning.tuner import Tuner
from edge_agent.updates.obeying import updating
from edge_agent.watch import Watch
from edge_agent.watchdog import keep_alive

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of a station came to."""

    frames: int
    broken: int
    detections: int
    unsent: int


async def run(settings: StationSettings, eye: Eye, stop: asyncio.Event) -> Summary:
    """Watch all cameras and keep the link until told to stop, or until all is done and told.

    Raises whatever a watch raises, after the others have stopped: a station that has broken must
    not look like a quiet forest.
    """
    tally = Tally()
    room = Room(settings.state_dir, budget_bytes=round(settings.budget.disk_mb * MB))
    with Outbox(settings.state_dir / "outbox.db", room=room) as outbox:
        link = Link(settings, outbox, partial(_health, settings, tally, outbox, eye))
        tuner = Tuner(settings)
        obey(tuner, link, settings)
        siren = _siren(settings, link)
        updater = updating(settings, eye, link)
        link.start()
        guarding = asyncio.create_task(guard(tuner))
        living = asyncio.create_task(keep_alive())
        try:
            await _unless(stop, _watch_all(settings, eye, outbox, tally, tuner, siren))
            await _unless(stop, _until_told(outbox) if settings.exit_when_done else stop.wait())
        finally:
            guarding.cancel()
            if siren is not None:
                await siren.close()
            await asyncio.to_thread(updater.stop)
            await asyncio.to_thread(link.stop)
            living.cancel()
        return Summary(tally.frames, tally.broken, len(tally.sightings), outbox.unsent())


async def _watch_all(
    settings: StationSettings,
    eye: Eye,
    outbox: Outbox,
    tally: Tally,
    knobs: Tuner,
    siren: Siren | None,
) -> None:
    inboxes = inboxes_of(settings)
    for inbox in inboxes.values():
        inbox.open()
    async with asyncio.TaskGroup() as group:
        for drop in drops_of(settings, inboxes):
            group.create_task(listen(drop, partial(_note_drop, settings, tally, drop.kind)))
        for camera_settings in settings.cameras:
            camera = open_camera(
                camera_settings, station_id=settings.station_id, outbox=outbox, inboxes=inboxes
            )
            watch = Watch(
                camera,
                eye,
                _sightings(settings),
                outbox,
                tally,
                simulated=settings.simulated,
                gate=_gate(camera_settings),
                excluded=camera_settings.exclude,
                knobs=knobs,
                record=tally.record_of(
                    camera.deployment_id, _eyesight(camera_settings, settings.state_dir)
                ),
                siren=siren,
                ration=ration_of(settings, camera.deployment_id, knobs, outbox),
            )
            group.create_task(watch.watch())


async def _until_told(outbox: Outbox) -> None:
    while outbox.unsent():  # noqa: ASYNC110 (the link empties it in another thread)
        await asyncio.sleep(_POLL_S)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    """Do the work, or give it up when told to stop; what it raises is raised."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _sightings(settings: StationSettings) -> Sightings:
    silence = timedelta(seconds=settings.event.silence_s)
    return Sightings(
        Confirmation(
            needed=settings.confirmation.needed,
            out_of=settings.confirmation.out_of,
            within=silence,
            vouches_from=settings.confirmation.vouches_from,
        ),
        silence=silence,
        revise_every=timedelta(seconds=settings.event.revise_every_s),
        still_here_every=timedelta(seconds=settings.event.still_here_s),
    )


def _gate(settings: CameraSettings) -> MotionGate | None:
    if isinstance(settings, VideoCameraSettings) and settings.motion is not None:
        return MotionGate(settings.motion)
    return None


def _note_drop(settings: StationSettings, tally: Tally, kind: str, reason: str | None) -> None:
    for camera in settings.cameras:
        if camera.kind == kind:
            tally.record_of(camera.deployment_id).unreachable(reason)


def _eyesight(settings: CameraSettings, state_dir: Path) -> Eyesight | None:
    if isinstance(settings, SimulatedCameraSettings):
        return None  # drawn footage jumps from place to place: there is no normal
    return Eyesight(settings.deployment_id, state_dir / "eyesight")


def _siren(settings: StationSettings, link: Link) -> Siren | None:
    if settings.siren is None:
        return None
    siren = Siren(
        settings.siren,
        simulated=settings.simulated,
        tell=partial(link.tell, topics.SIREN_STATE),
    )
    link.orders.hear(topics.SIREN, siren.obey)
    return siren


def _health(settings: StationSettings, tally: Tally, outbox: Outbox, eye: Eye) -> HealthMessage:
    release = eye.release_name
    return health_of(tally, outbox, settings.state_dir, release, simulated=settings.simulated)
