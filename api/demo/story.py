"""One night: a herd comes down to the fields past three stations, and two people are warned."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from api import migrations
from api.database import Database
from api.demo import valley
from api.demo.broker import prepare_mosquitto
from api.demo.phones import DemoPhone
from api.demo.ports import usual_or_free
from api.demo.processes import Process, always, command_of, when_killed
from api.demo.stage import Stage, fresh_folder, set_up
from api.demo.stations import Camera, cameras_for_footage, config_text, drill_camera
from api.demo.verdict import StationReport, Verdict, lost, read_stored, sightings_kept
from api.ledger.proof import verify
from api.settings import ServerSettings
from mobile_push.software_phone import SoftwarePushService

RELEASE = "elephant-1.2"
DRILL = Path(__file__).resolve().parents[2] / "datasets" / "drill"

SERVER_READY_WITHIN_S = 40.0
STATIONS_DONE_WITHIN_S = 600.0
PHONES_DONE_WITHIN_S = 60.0
LOOK_EVERY_S = 0.2

Say = Callable[[str], None]


class DemoError(RuntimeError):
    """The story could not be played; the text says what to look at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the story is played. `speed` 1 is real time, 0 as fast as the machine can."""

    folder: Path
    say: Say
    speed: float
    footage: Path | None = None
    http_port: int = 0
    host: str = "127.0.0.1"
    release: str = RELEASE
    with_mosquitto: bool = False
    database_url: str | None = None  # an empty database; SQLite in the folder if None


@dataclass(slots=True)
class Night:
    """The running story: its processes and its phones."""

    plan: Plan
    stage: Stage
    url: str
    broker_port: int
    database: Database
    server: Process
    broker: Process | None  # None: the server has its own
    phones: list[DemoPhone]
    push_service: SoftwarePushService
    stations: list[Process] = field(default_factory=list)


@asynccontextmanager
async def night(plan: Plan) -> AsyncIterator[Night]:
    """Set everything up, phones subscribed and stations still asleep; end it all after."""
    folder = fresh_folder(plan.folder)
    data_dir = folder / "server"
    data_dir.mkdir()
    url = plan.database_url or f"sqlite+aiosqlite:///{data_dir / 'trunkline.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    database = Database(url)
    try:
        stage = await set_up(database, folder, datetime.now(UTC))
        async with SoftwarePushService() as push_service:
            running = _cast(plan, stage, database, push_service)
            try:
                await _begin(running)
                yield running
            finally:
                await _end(running)
    finally:
        await database.close()


def send_the_herd(night: Night) -> None:
    """Start the stations: from here on the story tells itself."""
    for station_id, cameras in _cameras(night).items():
        config = night.stage.folder / f"{station_id}.toml"
        text = config_text(
            site_id=night.stage.site_id,
            station_id=station_id,
            key=night.stage.station_keys[station_id],
            broker_port=night.broker_port,
            release=night.plan.release,
            cameras=cameras,
        )
        config.write_text(text)
        config.chmod(0o600)  # it holds the station's key
        name = f"station {station_id}"
        command = [command_of("trunkline-station"), "run", str(config)]
        station = _process(night.plan, night.stage.folder, name, command, comes_back=when_killed)
        night.stations.append(station)
        station.start()


async def told_to_the_end(night: Night) -> Verdict:
    """Wait until every station is done and every phone has confirmed and answered; then count.

    Raises:
        DemoError: a station failed, or took too long.
    """
    try:
        async with asyncio.timeout(STATIONS_DONE_WITHIN_S):
            statuses = [await station.ended() for station in night.stations]
    except TimeoutError as error:
        raise DemoError(f"the stations did not finish; see {night.stage.folder}") from error
    for station, status in zip(night.stations, statuses, strict=True):
        if status != 0:
            raise DemoError(f"the {station.name} failed: {station.last_words()}")
    await _until_phones_are_quiet(night)
    return await _verdict(night)


def _cast(plan: Plan, stage: Stage, database: Database, push_service: SoftwarePushService) -> Night:
    http_port, broker_port = usual_or_free(plan.http_port), usual_or_free(0)
    url = f"http://127.0.0.1:{http_port}"
    settings = {
        "DATA_DIR": str(stage.folder / "server"),
        "HOST": plan.host,
        "PORT": str(http_port),
        "BROKER_PORT": str(broker_port),
        "PUSH_ALLOWED_ORIGINS": push_service.origin,
    }
    if plan.database_url is not None:
        settings["DATABASE_URL"] = plan.database_url
    broker = None
    if plan.with_mosquitto:
        mosquitto = prepare_mosquitto(stage.folder / "broker", [stage], broker_port)
        broker = _process(plan, stage.folder, "broker", mosquitto.command, comes_back=always)
        settings |= {"BROKER": "external", "BROKER_PASSWORD": mosquitto.server_password}
    command = [command_of("trunkline-server"), "serve"]
    server = _process(plan, stage.folder, "server", command, comes_back=always, settings=settings)
    phones = [DemoPhone(name, url, plan.say) for name in ("Yu Han", "Ai Wen")]
    return Night(plan, stage, url, broker_port, database, server, broker, phones, push_service)


def _process(
    plan: Plan,
    folder: Path,
    name: str,
    command: list[str],
    *,
    comes_back: Callable[[int], bool],
    settings: dict[str, str] | None = None,
) -> Process:
    return Process(
        name,
        command,
        log=folder / f"{name.replace(' ', '-')}.log",
        environment=os.environ
        | {f"TRUNKLINE_{setting}": value for setting, value in (settings or {}).items()},
        comes_back=comes_back,
        say=plan.say,
    )


def _cameras(night: Night) -> dict[str, list[Camera]]:
    plan = night.plan
    if plan.footage is not None:
        ids = [station.id for station in valley.STATIONS]
        return cameras_for_footage(plan.footage, ids, night.stage.folder / "footage")
    return {
        station.id: [
            drill_camera(
                station.id,
                DRILL,
                station.sequences,
                speed=plan.speed,
                start_after_s=station.starts_after_s * (10 if plan.speed else 1),
            )
        ]
        for station in valley.STATIONS
    }


async def _begin(night: Night) -> None:
    if night.broker is not None:
        night.broker.start()
    night.server.start()
    await _until_server_answers(night)
    villager, ranger = night.phones
    await villager.join(night.stage.villager_code, night.push_service)
    await ranger.join(night.stage.ranger_code, night.push_service)


async def _end(night: Night) -> None:
    for station in night.stations:
        await station.stop()
    for phone in night.phones:
        await phone.close()
    await night.server.stop()
    if night.broker is not None:
        await night.broker.stop()


async def _until_server_answers(night: Night) -> None:
    async with aiohttp.ClientSession() as http:
        try:
            async with asyncio.timeout(SERVER_READY_WITHIN_S):
                while not await _answers(http, f"{night.url}/healthz"):  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise DemoError(f"the server did not start: {night.server.last_words()}") from error


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status == 200 and bool((await response.json())["ok"])
    except aiohttp.ClientError:
        return False


async def _until_phones_are_quiet(night: Night) -> None:
    """Wait until each alert was shown on each phone that follows it; a verdict comes either way."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PHONES_DONE_WITHIN_S
    while loop.time() < deadline:
        stored = await read_stored(night.database)
        if stored.is_told and not any(phone.is_busy for phone in night.phones):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _verdict(night: Night) -> Verdict:
    stored = await read_stored(night.database)
    kept = frozenset[str]().union(*(sightings_kept(each.log()) for each in night.stations))
    reports = [StationReport(**json.loads(station.output[-1])) for station in night.stations]
    return Verdict(
        frames=sum(report.frames for report in reports),
        detections=len(stored.detections),
        events=stored.events,
        alerts=stored.alerts,
        pushes_sent=stored.sent,
        pushes_decrypted=sum(phone.pushes for phone in night.phones),
        acknowledged=stored.acknowledged,
        lost=lost(kept, reports, stored.detections),
        unreached=len(stored.reachable - stored.shown),
        ledger_holds=await _ledger_holds(night),
        expects_elephants=night.plan.footage is None,
        latencies_ms=tuple(ms for phone in night.phones for ms in phone.latencies_ms),
        model=Path(night.plan.release).name,
    )


async def _ledger_holds(night: Night) -> bool:
    settings = ServerSettings.read(
        data_dir=night.stage.folder / "server", database_url=night.plan.database_url
    )
    return all(verdict.broken is None for verdict in await verify(settings))
