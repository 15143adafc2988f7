"""The station's story: look at every frame, keep what is confirmed, let the link tell it."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from edge_agent.camera_record import CameraRecord
from edge_agent.camera_settings import (
    CameraSettings,
    SimulatedCameraSettings,
    VideoCameraSettings,
)
from edge_agent.cameras.camera import BrokenFrame, Camera, Frame
from edge_agent.cameras.opening import open_camera
from edge_agent.confirmation import Confirmation
from edge_agent.contracts import topics
from edge_agent.contracts.configuration import Seeing, View
from edge_agent.contracts.messages import HealthMessage, Lighting
from edge_agent.drops.listening import drops_of, inboxes_of, listen
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.health import Tally, health_of
from edge_agent.link import Link
from edge_agent.looking import Eye, without_excluded
from edge_agent.motion import MotionGate
from edge_agent.outbox import Outbox, Room, Source
from edge_agent.ration.keeping import ration_of
from edge_agent.ration.ration import Ration
from edge_agent.settings import StationSettings
from edge_agent.sightings import Sighting, Sightings
from edge_agent.siren.siren import Siren
from edge_agent.spending import MB
from edge_agent.telling import tell
from edge_agent.tuning.knobs import Knobs
from edge_agent.tuning.obeying import guard, obey
from edge_agent.tuning.tuner import Tuner
from edge_agent.updates.obeying import updating
from edge_agent.watchdog import keep_alive
from edge_agent.zones import Polygon

_log = logging.getLogger(__name__)
_POLL_S = 0.1
_TEND_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of a station came to."""

    frames: int
    broken: int
    detections: int
    unsent: int


class Watch:
    """One camera and all that is done with its frames."""

    def __init__(
        self,
        camera: Camera,
        eye: Eye,
        sightings: Sightings,
        outbox: Outbox,
        tally: Tally,
        *,
        simulated: bool,
        gate: MotionGate | None = None,
        excluded: Sequence[Polygon] = (),
        knobs: Knobs | None = None,
        record: CameraRecord | None = None,
        siren: Siren | None = None,
        ration: Ration | None = None,
    ) -> None:
        self._record = record or tally.record_of(camera.deployment_id)
        self._siren = siren
        self._ration = ration
        self._knobs = knobs
        self._seeing: Seeing | None = None
        self._lighting: Lighting | None = None
        self._camera = camera
        self._eye = eye
        self._sightings = sightings
        self._outbox = outbox
        self._tally = tally
        self._simulated = simulated
        self._gate = gate
        self._excluded = excluded
        self._looked_s = time.monotonic()

    async def watch(self) -> None:
        """Look at every frame worth it until the camera ends. The link tells what is kept."""
        tending = asyncio.create_task(self._tend())
        try:
            async with aclosing(self._camera.frames()) as frames:
                async for frame in frames:
                    if isinstance(frame, BrokenFrame):
                        self._note_broken(frame)
                        continue
                    await self._record.came(frame)
                    if self._is_worth_a_look(frame):
                        await self._look_at(frame)
                    else:
                        self._record.recovered()
        finally:
            tending.cancel()
            # Also when the station is told to stop: a growth that was held back must reach the
            # disk.
            self._keep(self._sightings.close(), None)
            if self._ration is not None:
                self._ration.close()

    async def _tend(self) -> None:
        """End a sighting after silence although no frame comes, as from a still camera."""
        while True:
            await asyncio.sleep(_TEND_EVERY_S)
            if (
                self._sightings.is_open
                and time.monotonic() - self._looked_s > self._sightings.silence_s
            ):
                self._keep(self._sightings.close(), None)
            await asyncio.to_thread(self._outbox.tend)
            if self._ration is not None:
                await asyncio.to_thread(self._ration.tend)

    def _is_worth_a_look(self, frame: Frame) -> bool:
        self._retune(frame.captured_at)
        return self._gate is None or self._gate.opens_for(frame.pixels, frame.captured_at)

    def _retune(self, at: datetime) -> None:
        """Look as the station's tuning says for this time and the light seen last."""
        seeing = self._seeing if self._knobs is None else self._knobs.seeing(at, self._lighting)
        if seeing is None or seeing is self._seeing:
            return
        self._seeing = seeing
        self._sightings.retune(seeing.confirmation, seeing.event)
        view = seeing.cameras.get(self._camera.deployment_id, View())
        self._excluded = view.exclude
        if view.motion is None or self._gate is None:
            self._gate = None if view.motion is None else MotionGate(view.motion)
        else:
            self._gate.retune(view.motion)

    async def _look_at(self, frame: Frame) -> None:
        began_s = time.monotonic()
        name = self._camera.deployment_id
        tuned = {} if self._knobs is None else self._knobs.thresholds(frame.captured_at, name)
        try:
            look = await asyncio.to_thread(self._eye.look, frame.pixels, frame.captured_at, tuned)
        except Exception as error:  # noqa: BLE001 (loud: logged with its traceback)
            # The top of this camera's loop: a frame nobody can look at must not blind the station.
            _log.exception(
                "camera %s: nobody can look at %s", self._camera.deployment_id, frame.name
            )
            self._note_broken(BrokenFrame(frame.name, str(error)))
            return
        self._tally.looked(began_s)
        self._record.recovered()
        self._lighting = Lighting(look.lighting.value)
        self._retune(frame.captured_at)
        # No await between the two: a station that is told to stop here would lose what it has just
        # seen.
        told = without_excluded(look, self._excluded)
        self._looked_s = time.monotonic()
        source = self._source(frame)
        # Of files that are there again after a power cut each must be told once, so its sighting
        # waits for the disk. That of a live camera leaves at once: what is gone is not seen again.
        is_kept = self._keep(self._sightings.saw(told), source, sure=source is not None)
        if is_kept and source is None:
            await asyncio.to_thread(self._outbox.sync)
        if self._ration is not None and not look.elephants:
            await asyncio.to_thread(self._ration.saw, look)

    def _keep(
        self, sightings: Sequence[Sighting], source: Source | None, *, sure: bool = True
    ) -> bool:
        for sighting in sightings:
            if self._siren is not None and sighting.revision == 1:
                # First of all: it needs neither a picture nor a disk.
                self._siren.see_elephant(sighting.id, sighting.look.captured_at)
        name = self._camera.deployment_id
        told = [tell(sighting, name, simulated=self._simulated) for sighting in sightings]
        if told:
            # At once: a power cut in between would forget a sighting, or see it a second time.
            self._outbox.keep_all(told, source, sure=sure)
        elif source is not None:
            self._outbox.mark_looked_at(source)
        for sighting in sightings:
            self._note_sighting(sighting, sighting.count or len(sighting.look.elephants))
        return bool(told)

    def _source(self, frame: Frame | BrokenFrame) -> Source | None:
        if not self._camera.outlives_a_restart:
            return None
        return Source(self._camera.deployment_id, frame.name)

    def _note_sighting(self, sighting: Sighting, elephants: int) -> None:
        if sighting.id not in self._tally.sightings:
            name = self._camera.deployment_id
            _log.info("camera %s: sighting %s, elephants: %d", name, sighting.id, elephants)
        self._tally.sightings.add(sighting.id)

    def _note_broken(self, frame: BrokenFrame) -> None:
        self._tally.broken += 1
        source = self._source(frame)
        if source is not None:
            self._outbox.mark_looked_at(source)
        self._record.broke(frame)


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
    needed, out_of = settings.confirmation.needed, settings.confirmation.out_of
    return Sightings(
        Confirmation(needed=needed, out_of=out_of, within=silence),
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
