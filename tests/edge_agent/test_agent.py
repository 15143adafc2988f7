import asyncio
import logging
import os
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import pytest

from detector.detection import BoundingBox, Detection
from detector.pictures import Pixels, decode_picture
from edge_agent.agent import run
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.confirmation import Confirmation
from edge_agent.contracts.configuration import MotionSettings, Seeing, View
from edge_agent.contracts.messages import (
    DetectionMessage,
    HealthMessage,
    Lighting,
    StoredKind,
    read_message,
)
from edge_agent.health import Tally
from edge_agent.link import Link
from edge_agent.looking import Eye
from edge_agent.motion import MotionGate
from edge_agent.outbox import Condition, Outbox, Source
from edge_agent.sightings import Sightings
from edge_agent.tuning.knobs import Knobs
from edge_agent.watch import Watch
from edge_agent.zones import Polygon
from tests.brokers import Mosquitto
from tests.edge_agent.builders import (
    DUSK,
    FakeNetwork,
    a_person,
    an_elephant,
    pixels_of,
    settings_for,
    wait_until,
)
from tests.edge_agent.fake_server import FakeServer


class FakeCamera:
    """Plays what it is given, one frame a second; then ends, or waits for ever."""

    deployment_id = "ridge-1"

    def __init__(
        self, *frames: Pixels | BrokenFrame, is_live: bool = False, is_remembered: bool = False
    ) -> None:
        self._frames = frames
        self._is_live = is_live
        self.outlives_a_restart = is_remembered
        self.has_played = asyncio.Event()

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        for number, frame in enumerate(self._frames):
            if isinstance(frame, BrokenFrame):
                yield frame
            else:
                yield Frame(f"{number}.jpg", DUSK + timedelta(seconds=number), frame)
        self.has_played.set()
        if self._is_live:
            await asyncio.Event().wait()


@dataclass
class FixedKnobs:
    """A station whose config never changes."""

    counts: Seeing

    def seeing(self, at: datetime, lighting: Lighting | None = None) -> Seeing:
        return self.counts

    def thresholds(self, at: datetime, deployment_id: str | None = None) -> Mapping[str, float]:
        return {}


def a_watch(
    camera: FakeCamera,
    network: FakeNetwork,
    outbox: Outbox,
    tally: Tally,
    *,
    needed: int = 2,
    gate: MotionGate | None = None,
    excluded: Sequence[Polygon] = (),
    silence: timedelta = timedelta(minutes=1),
    knobs: Knobs | None = None,
) -> Watch:
    sightings = Sightings(
        Confirmation(needed=needed, out_of=4),
        silence=silence,
        revise_every=timedelta(seconds=10),
    )
    return Watch(
        camera,
        Eye(network, network),
        sightings,
        outbox,
        tally,
        simulated=True,
        gate=gate,
        excluded=excluded,
        knobs=knobs,
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


def kept(outbox: Outbox) -> list[DetectionMessage]:
    letters = outbox.waiting(StoredKind.DETECTION, 100)
    return [read_message(DetectionMessage, outbox.body(letter) or b"") for letter in letters]


async def test_the_story(outbox: Outbox) -> None:
    network = FakeNetwork([], [an_elephant()], [], [an_elephant()], [])
    tally = Tally()

    await a_watch(FakeCamera(*[pixels_of()] * 5), network, outbox, tally).watch()

    (message,) = kept(outbox)
    assert message.captured_at == DUSK + timedelta(seconds=3)
    assert (message.release, message.simulated) == ("elephant-0.1", True)
    assert len(outbox.waiting(StoredKind.MEDIA, 10)) == 1
    assert (tally.frames, tally.broken, len(tally.sightings)) == (5, 0, 1)


async def test_a_broken_frame_is_counted_and_said_once_per_change(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    bad = BrokenFrame("bad.jpg", "cut short")
    camera = FakeCamera(bad, bad, pixels_of(), bad)
    tally = Tally()

    with caplog.at_level(logging.INFO):
        await a_watch(camera, FakeNetwork(), outbox, tally).watch()

    assert (tally.frames, tally.broken) == (1, 3)
    assert caplog.messages == [
        "camera ridge-1: bad.jpg is broken: cut short",
        "camera ridge-1: frames are good again",
        "camera ridge-1: bad.jpg is broken: cut short",
    ]


async def test_a_network_that_fails_on_one_frame_does_not_blind_the_station(
    outbox: Outbox,
) -> None:
    class Choking(FakeNetwork):
        def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
            if pixels.shape[0] == 13:
                raise RuntimeError("not this one")
            return super().detect(pixels, floor=floor)

    camera = FakeCamera(pixels_of(13, 13), pixels_of())
    tally = Tally()

    await a_watch(camera, Choking(always=[an_elephant()]), outbox, tally, needed=1).watch()

    assert (tally.frames, tally.broken, len(tally.sightings)) == (1, 1, 1)


async def test_a_station_that_is_stopped_keeps_the_growth_it_held_back(outbox: Outbox) -> None:
    beside = an_elephant(0.9, BoundingBox(0.6, 0.3, 0.3, 0.4))
    network = FakeNetwork([an_elephant()], [an_elephant(), beside])
    camera = FakeCamera(*[pixels_of()] * 2, is_live=True)

    watching = asyncio.create_task(a_watch(camera, network, outbox, Tally(), needed=1).watch())
    await camera.has_played.wait()
    assert [message.revision for message in kept(outbox)] == [1]
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching

    assert [(m.revision, len(m.animals)) for m in kept(outbox)] == [(2, 2)]


async def test_a_sighting_ends_although_the_camera_shows_nothing_more(outbox: Outbox) -> None:
    camera = FakeCamera(pixels_of(), is_live=True)
    network = FakeNetwork([an_elephant()])
    watch = a_watch(camera, network, outbox, Tally(), needed=1, silence=timedelta(milliseconds=50))

    watching = asyncio.create_task(watch.watch())
    await asyncio.to_thread(wait_until, lambda: any(message.ended for message in kept(outbox)))
    watching.cancel()

    (message,) = kept(outbox)
    assert (message.revision, message.last_seen_at) == (2, DUSK)


async def test_only_a_camera_whose_files_stay_has_them_remembered(outbox: Outbox) -> None:
    for remembered in (False, True):
        camera = FakeCamera(pixels_of(), is_remembered=remembered)
        await a_watch(camera, FakeNetwork(), outbox, Tally()).watch()

        assert outbox.was_looked_at(Source("ridge-1", "0.jpg")) == remembered


async def test_a_villager_beside_the_elephant_leaves_the_station_unrecognisable(
    outbox: Outbox,
) -> None:
    frame = pixels_of(480, 640)
    villager = BoundingBox(0.5, 0.2, 0.3, 0.7)
    network = FakeNetwork([an_elephant(), a_person(villager)])

    await a_watch(FakeCamera(frame), network, outbox, Tally(), needed=1).watch()

    (picture,) = outbox.waiting(StoredKind.MEDIA, 10)
    sent = decode_picture(outbox.body(picture) or b"")
    inside = cv2.resize(sent, (640, 480))[120:400, 340:490]
    assert inside.std() < frame[120:400, 340:490].std() / 4


async def test_a_full_disk_ends_no_watch_and_loses_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = FakeNetwork(always=[an_elephant()])
    with Outbox(tmp_path / "small.db") as outbox:
        assert outbox._shelter.disk is not None
        outbox._shelter.disk._database.execute(
            "PRAGMA max_page_count = 1"
        )  # SQLite's own full disk

        await a_watch(FakeCamera(*[pixels_of(240, 320)] * 3), network, outbox, Tally()).watch()

        assert len(kept(outbox)) == 1
        assert outbox.condition is Condition.UNWRITABLE
    assert "cannot be written (database or disk is full)" in caplog.text


@contextmanager
def footage(folder: Path, number: int) -> Iterator[None]:
    folder.mkdir()
    for index in range(number):
        cv2.imwrite(str(folder / f"{index}.png"), pixels_of(seed=index))
    (folder / "broken.jpg").touch()
    yield


@pytest.mark.mosquitto
async def test_a_whole_run_ends_when_everything_is_stored(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    settings = settings_for(tmp_path, port=mosquitto.port, exit_when_done=True, simulated=True)
    network = FakeNetwork(always=[an_elephant()])
    server = FakeServer(mosquitto.host, mosquitto.port)
    try:
        with footage(tmp_path / "footage", 4):
            summary = await run(settings, Eye(network, network), asyncio.Event())
    finally:
        server.close()

    assert (summary.frames, summary.broken) == (4, 1)
    assert (summary.detections, summary.unsent) == (1, 0)
    assert len(server.stored) == 1


@pytest.mark.mosquitto
async def test_a_warning_of_a_live_camera_leaves_while_the_disk_still_writes(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(tmp_path, port=mosquitto.port)
    server = FakeServer(mosquitto.host, mosquitto.port)
    disk = threading.Event()
    network = FakeNetwork([an_elephant()])
    camera = FakeCamera(pixels_of(), is_live=True)
    with Outbox(tmp_path / "outbox.db") as outbox:
        link = Link(settings, outbox, lambda: HealthMessage(at=DUSK))
        link.start()
        monkeypatch.setattr(os, "fdatasync", lambda _: disk.wait(20))

        watching = asyncio.create_task(a_watch(camera, network, outbox, Tally(), needed=1).watch())
        await asyncio.to_thread(wait_until, lambda: len(server.stored) == 1)
        is_written = disk.is_set() or camera.has_played.is_set()
        disk.set()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await asyncio.to_thread(link.stop)
    server.close()

    assert not is_written


@pytest.mark.mosquitto
async def test_frames_that_were_not_believed_are_told_as_samples(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    settings = settings_for(tmp_path, port=mosquitto.port, exit_when_done=True, simulated=True)
    network = FakeNetwork([an_elephant(0.3)], [], [an_elephant(0.1)], [an_elephant(0.9)])
    server = FakeServer(mosquitto.host, mosquitto.port)
    try:
        with footage(tmp_path / "footage", 4):
            summary = await run(settings, Eye(network, network), asyncio.Event())
    finally:
        server.close()

    assert (summary.detections, summary.unsent) == (0, 0)
    told = sorted((sample.score, sample.stratum, sample.simulated) for sample in server.samples)
    assert told == [(0.0, "empty", True), (0.1, "low", True), (0.3, "near", True)]


async def test_a_run_without_a_broker_stops_when_told_and_keeps_what_it_saw(
    tmp_path: Path,
) -> None:
    settings = settings_for(tmp_path, exit_when_done=True)
    network = FakeNetwork(always=[an_elephant()])
    stop = asyncio.Event()

    with footage(tmp_path / "footage", 2):
        running = asyncio.create_task(run(settings, Eye(network, network), stop))
        await asyncio.to_thread(wait_until, lambda: _has_kept(tmp_path / "state/outbox.db"))
        stop.set()
        summary = await running

    assert summary.unsent == 2, "the sighting and its picture"
    assert not [t for t in threading.enumerate() if t.name == "link"]


def _has_kept(path: Path) -> bool:
    if not path.exists():
        return False
    with Outbox(path) as outbox:
        return outbox.unsent() > 0


async def test_the_network_rests_while_nothing_moves(outbox: Outbox) -> None:
    still, moved = pixels_of(240, 320), pixels_of(240, 320)
    moved[100:160, 100:200] = 0
    tally = Tally()
    gate = MotionGate(MotionSettings(hold_s=0, look_every_s=1000))

    await a_watch(
        FakeCamera(*[still] * 5, moved, still), FakeNetwork(), outbox, tally, gate=gate
    ).watch()

    assert tally.frames == 2, "the first one, and the one that moved"


async def test_where_a_camera_looks_is_told_once_it_is_wished(outbox: Outbox) -> None:
    network, camera = FakeNetwork(*[[an_elephant()]] * 2), FakeCamera(*[pixels_of()] * 2)
    wished = Seeing(cameras={camera.deployment_id: View(looks_deg=80)})

    await a_watch(camera, network, outbox, Tally(), knobs=FixedKnobs(wished)).watch()

    assert kept(outbox)[-1].looks_deg == 80


async def test_an_elephant_in_an_excluded_zone_is_no_sighting(outbox: Outbox) -> None:
    zoo = ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0))
    statue = an_elephant(box=BoundingBox(0.1, 0.4, 0.2, 0.3))
    guest = an_elephant(box=BoundingBox(0.6, 0.4, 0.2, 0.3))
    network = FakeNetwork(*[[statue]] * 4, *[[statue, guest]] * 2)

    await a_watch(FakeCamera(*[pixels_of()] * 6), network, outbox, Tally(), excluded=[zoo]).watch()

    (message,) = kept(outbox)
    assert message.captured_at == DUSK + timedelta(seconds=5)
    assert len(message.animals) == 1
