"""Valleys of the night: each a site with two real stations and two phones, one after another.

One station watches live (drawn footage, growing sightings), the other a memory card whose every
picture with elephants is a sighting of its own. At dawn the cameras are taken down, and the
stations run on until all is told.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from api.demo.phones import DemoPhone
from api.demo.processes import Process, command_of, when_killed
from api.demo.stage import Stage
from api.demo.stations import Camera, config_text
from api.demo.story import DRILL, RELEASE
from api.demo.verdict import sightings_kept
from tests.faults.card import Card, Picture
from tests.faults.truth import Seen, Shot

LIVE, CARD = "stream", "fields"
LIVE_SEQUENCES = ["herd-night-a", "empty-night", "herd-day", "deer-night", "herd-night-c"]
AWAKE_S = 60.0
PICTURE_EVERY_S = 1.0
LEAST_PICTURES = 15
CARD_READ_WITHIN_S = 600.0
LOOK_EVERY_S = 1.0

# The live one believes two of four frames and ends a sighting soon; of the card, each counts.
_LIVE_TABLES = """
[confirmation]
needed = 2
out_of = 4

[event]
silence_s = 2.0
revise_every_s = 0.5
"""
_CARD_TABLES = """
[confirmation]
needed = 1
out_of = 1

[event]
silence_s = 0.001
revise_every_s = 0
"""

AreStored = Callable[[frozenset[Shot]], Awaitable[bool]]


class Valley:
    """One site for about a minute, and what its stations and phones know afterwards."""

    def __init__(
        self, stage: Stage, broker_port: int, pictures: list[Picture], phones: list[DemoPhone]
    ) -> None:
        self.stage = stage
        self.phones = phones
        self.troubles: list[str] = []
        self.running: list[Process] = []
        self._broker_port = broker_port
        self._card = Card(stage.folder / "card", pictures)

    @property
    def site_id(self) -> str:
        """The site's id; the valley is all that is there."""
        return self.stage.site_id

    @property
    def card_shots(self) -> frozenset[Shot]:
        """Every picture of the card that surely is a sighting."""
        taken_at = self._card.elephants_at
        return frozenset(Shot(self.site_id, f"{CARD}-1", at) for at in taken_at)

    def seen(self) -> Seen:
        """Return what the stations have seen, in all their lives."""
        logs = (self._log(station_id) for station_id in (LIVE, CARD))
        kept = (sightings_kept(log.read_text(errors="replace")) for log in logs if log.exists())
        return Seen(frozenset[str]().union(*kept), self.card_shots)

    def outbox(self, station_id: str) -> Path:
        """Where a station keeps what it has not told yet."""
        return self.stage.folder / "state" / station_id / "outbox.db"

    async def live(self, are_stored: AreStored, over: asyncio.Event) -> None:
        """Play the night, shorter once all is `over`, and the dawn; return when all is told."""
        options = (("sequences", LIVE_SEQUENCES), ("speed", 2.0), ("loop", True))
        live = self._start(LIVE, Camera(f"{LIVE}-1", "simulated", DRILL, options), _LIVE_TABLES)
        folder = self.stage.folder / "card"
        watched = Camera(f"{CARD}-1", "folder", folder, (("watch", True), ("time", "exif")))
        card = self._start(CARD, watched, _CARD_TABLES)
        for number in range(round(AWAKE_S / PICTURE_EVERY_S)):
            if over.is_set() and number >= LEAST_PICTURES:
                break
            self._card.put()
            await asyncio.sleep(PICTURE_EVERY_S)
        async with asyncio.TaskGroup() as dawn:
            dawn.create_task(self._end(LIVE, live))
            dawn.create_task(self._end_card(card, are_stored))

    async def _end_card(self, card: Process, are_stored: AreStored) -> None:
        deadline = asyncio.get_running_loop().time() + CARD_READ_WITHIN_S
        while not await are_stored(self.card_shots):
            if asyncio.get_running_loop().time() > deadline:
                self.troubles.append(f"{self.site_id}: the card was not read to its end")
                break
            await asyncio.sleep(LOOK_EVERY_S)
        await self._end(CARD, card)

    async def _end(self, station_id: str, awake: Process) -> None:
        await self._stop(awake)
        nothing = self.stage.folder / "nothing"
        nothing.mkdir(exist_ok=True)
        last = self._start(station_id, Camera(f"{station_id}-1", "folder", nothing), "")
        status = await last.ended()
        self.running.remove(last)
        if status != 0:
            self.troubles.append(f"{last.name} ended with status {status}: {last.last_words()}")

    async def _stop(self, station: Process) -> None:
        await station.stop()
        self.running.remove(station)
        status = await station.ended()
        if status > 0:  # a kill or our own signal is no fault of the station
            self.troubles.append(f"{station.name} ended with status {status}")

    def _start(self, station_id: str, camera: Camera, tables: str) -> Process:
        config = self.stage.folder / f"{station_id}.toml"
        text = config_text(
            site_id=self.site_id,
            station_id=station_id,
            key=self.stage.station_keys[station_id],
            broker_port=self._broker_port,
            release=RELEASE,
            cameras=[camera],
        )
        config.write_text(text + tables)
        config.chmod(0o600)
        station = Process(
            f"station {self.site_id}/{station_id}",
            [command_of("trunkline-station"), "run", str(config)],
            log=self._log(station_id),
            environment=dict(os.environ),
            comes_back=when_killed,
            say=lambda _: None,
        )
        self.running.append(station)
        station.start()
        return station

    def _log(self, station_id: str) -> Path:
        return self.stage.folder / f"{station_id}.log"
