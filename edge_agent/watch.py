"""One camera's story: look at every frame worth it, keep what is confirmed."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime

from edge_agent.camera_record import CameraRecord
from edge_agent.cameras.camera import BrokenFrame, Camera, Frame
from edge_agent.contracts.configuration import Seeing, View
from edge_agent.contracts.messages import Lighting
from edge_agent.health import Tally
from edge_agent.looking import Eye, without_excluded
from edge_agent.motion import MotionGate
from edge_agent.outbox import Outbox, Source
from edge_agent.ration.ration import Ration
from edge_agent.sightings import Sighting, Sightings
from edge_agent.siren.siren import Siren
from edge_agent.telling import tell
from edge_agent.tuning.knobs import Knobs
from edge_agent.zones import Polygon

_log = logging.getLogger(__name__)
_TEND_EVERY_S = 0.5


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
        self._looks_deg: float | None = None
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
        self._looks_deg = view.looks_deg
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
        told = [
            tell(sighting, name, simulated=self._simulated, looks_deg=self._looks_deg)
            for sighting in sightings
        ]
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
