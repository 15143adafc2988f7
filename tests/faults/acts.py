"""The two ways to run a server, each under kills: all in one process, and spread over many."""

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from api import migrations
from api.database import Database
from api.demo.broker import prepare_mosquitto
from api.demo.phones import DemoPhone
from api.demo.ports import usual_or_free
from api.demo.processes import Process, always, command_of
from api.demo.stage import Stage, set_up
from api.ledger.proof import verify
from api.settings import ServerSettings
from mobile_push.software_phone import SoftwarePushService
from tests.faults.card import Picture
from tests.faults.killing import SHARES, Killer, schedule
from tests.faults.postgres import killable_postgres
from tests.faults.reading import broken_outboxes, is_told, read, shots_of
from tests.faults.truth import (
    Ring,
    Seen,
    Shot,
    Verdict,
    doubled,
    lost,
    missed,
    rung_twice,
)
from tests.faults.valleys import AWAKE_S, CARD, LIVE, Valley

ALONE = ("station", "server")
A_VALLEY_EVERY_S = AWAKE_S / 2
MOST_AWAKE = 12  # stations: more would take the time that the killed need to stand up
READY_WITHIN_S = 150.0  # of a machine with much else to do
TOLD_WITHIN_S = 180.0
LOOK_EVERY_S = 0.3

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """One act: how often to kill whom. Without `postgres_programs` all is one server process."""

    name: str
    kills: int
    every_s: float
    seed: int
    pictures: list[Picture]
    say: Say
    postgres_programs: Path | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)

    @property
    def is_spread(self) -> bool:
        """Whether the server is several processes, beside Mosquitto and PostgreSQL."""
        return self.postgres_programs is not None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Whom there is to kill: alone, the server is broker and database as well."""
        return tuple(SHARES) if self.is_spread else ALONE

    @property
    def valleys(self) -> int:
        """How many sites are needed to have elephants about as long as it is killed."""
        return int(self.kills * self.every_s * 1.5 / A_VALLEY_EVERY_S) + 2


@dataclass(slots=True)
class Act:
    """The running act."""

    plan: Plan
    folder: Path
    url: str
    broker_port: int
    database: Database
    settings: dict[str, str]
    push_service: SoftwarePushService
    valleys: list[Valley] = field(default_factory=list)
    servers: list[Process] = field(default_factory=list)
    brokers: list[Process] = field(default_factory=list)
    databases: list[Process] = field(default_factory=list)

    def stations_awake(self) -> int:
        """Return how many stations still have something to see or to tell."""
        return sum(len(valley.running) for valley in self.valleys)

    def targets(self) -> Mapping[str, Sequence[Process]]:
        """Return whom there is to kill now."""
        stations = [station for valley in self.valleys for station in valley.running]
        return {
            "station": stations,
            "server": self.servers,
            "broker": self.brokers,
            "database": self.databases,
        }


async def play(plan: Plan) -> Verdict:
    """Play one act to its end and judge it."""
    async with _act(plan) as act:
        random_ = random.Random(plan.seed)
        killer = Killer(random_, act.targets)
        order = schedule(plan.kills, plan.kinds, random_, plan.shares)
        killing = asyncio.create_task(killer.kill(order, every_s=plan.every_s))
        progress = asyncio.create_task(_tell_progress(act, killer))
        try:
            await _until_dawn(act, killing)
            await killing
            plan.say(f"{plan.name}: the last kill is done; waiting until all is told")
            await _until_told(act)
        finally:
            killing.cancel()
            progress.cancel()
        return await _judged(act, killer)


async def _until_dawn(act: Act, killing: asyncio.Task[None]) -> None:
    """Let one valley begin after another for as long as it is killed; wait until all are told."""
    over = asyncio.Event()
    killing.add_done_callback(lambda _: over.set())
    async with asyncio.TaskGroup() as nights:
        for valley in act.valleys:
            nights.create_task(valley.live(lambda shots: _are_stored(act.database, shots), over))
            await asyncio.wait({killing}, timeout=A_VALLEY_EVERY_S)
            while act.stations_awake() >= MOST_AWAKE and not over.is_set():
                await asyncio.wait({killing}, timeout=LOOK_EVERY_S)
            if over.is_set():
                return


async def _are_stored(database: Database, shots: frozenset[Shot]) -> bool:
    if not shots:
        return True
    site_id = next(iter(shots)).site_id
    try:
        return shots <= await shots_of(database, site_id)
    except SQLAlchemyError:
        return False  # killed just now


async def _until_told(act: Act) -> None:
    deadline = asyncio.get_running_loop().time() + TOLD_WITHIN_S
    while asyncio.get_running_loop().time() < deadline:
        with suppress(SQLAlchemyError):
            busy = any(phone.is_busy for valley in act.valleys for phone in valley.phones)
            if not busy and await is_told(act.database):
                return
        await asyncio.sleep(LOOK_EVERY_S)


async def _tell_progress(act: Act, killer: Killer) -> None:
    while True:
        await asyncio.sleep(10)
        awake = act.stations_awake()
        kept = sum(len(valley.seen().kept) for valley in act.valleys)
        rings = sum(phone.pushes for valley in act.valleys for phone in valley.phones)
        killed = f"{killer.kills.total()} of {act.plan.kills} killed"
        act.plan.say(
            f"{act.plan.name}: {killed}, {awake} stations awake, {kept} sightings, {rings} rings"
        )


async def _judged(act: Act, killer: Killer) -> Verdict:
    stored = await read(act.database)
    seen = [valley.seen() for valley in act.valleys]
    all_seen = Seen(
        frozenset[str]().union(*(each.kept for each in seen)),
        frozenset[Shot]().union(*(each.shots for each in seen)),
    )
    rings = _rings(act)
    are_lost = lost(all_seen, stored.rows)
    are_missed = missed(stored.expected, stored.decisions, rings)
    for line in sorted(are_lost | are_missed):
        act.plan.say(f"{act.plan.name}: missing: {line}")
    _tell_repeats(act, rings)
    return Verdict(
        kills=dict(killer.kills),
        sightings=len(stored.rows),
        lost=len(are_lost),
        doubled=doubled(stored.rows),
        alerts_missed=len(are_missed),
        rung_twice=rung_twice(rings, stored.reasons),
        troubles=tuple(await _troubles(act, expired=stored.expired)),
    )


def _rings(act: Act) -> list[Ring]:
    phones = [phone.phone for valley in act.valleys for phone in valley.phones]
    return [
        Ring(
            phone.address.endpoint,
            push["delivery_id"],
            push["alert_id"],
            push["level"],
            push["ring"],
        )
        for phone in phones
        if phone is not None
        for push in phone.received
        if push["state"] == "raised"
    ]


def _tell_repeats(act: Act, rings: list[Ring]) -> None:
    distinct = set(rings)
    act.plan.say(
        f"{act.plan.name}: {len(distinct)} rings; {len(rings) - len(distinct)} pushes came again "
        "as the same ring, which the phone app shows silently"
    )


async def _troubles(act: Act, *, expired: int) -> list[str]:
    troubles = [trouble for valley in act.valleys for trouble in valley.troubles]
    outboxes = [valley.outbox(name) for valley in act.valleys for name in (LIVE, CARD)]
    troubles += [f"{path} is corrupt" for path in broken_outboxes(outboxes)]
    if expired:
        troubles.append(f"{expired} alarms were given up")
    settings = ServerSettings.read(
        data_dir=Path(act.settings["DATA_DIR"]), database_url=act.settings.get("DATABASE_URL")
    )
    if any(proof.broken is not None for proof in await verify(settings)):
        troubles.append("the ledger is broken")
    return troubles


@asynccontextmanager
async def _act(plan: Plan) -> AsyncIterator[Act]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-faults-")))
        (folder / "server").mkdir()
        databases: list[Process] = []
        database_url = f"sqlite+aiosqlite:///{folder / 'server' / 'trunkline.db'}"
        if plan.postgres_programs is not None:
            killable = killable_postgres(plan.postgres_programs, lambda _: None)
            process, database_url = await stack.enter_async_context(killable)
            databases.append(process)
        await asyncio.to_thread(migrations.upgrade, database_url)
        database = Database(database_url)
        stack.push_async_callback(database.close)
        push_service = await stack.enter_async_context(SoftwarePushService())
        act = _cast(plan, folder, database, database_url, push_service)
        act.databases = databases
        try:
            await _begin(act)
            yield act
        finally:
            await _end(act)


def _cast(
    plan: Plan,
    folder: Path,
    database: Database,
    database_url: str,
    push_service: SoftwarePushService,
) -> Act:
    http_port, broker_port = usual_or_free(0), usual_or_free(0)
    settings = {
        "DATA_DIR": str(folder / "server"),
        "PORT": str(http_port),
        "BROKER_PORT": str(broker_port),
        "PUSH_ALLOWED_ORIGINS": push_service.origin,
    }
    if plan.is_spread:
        settings |= {"DATABASE_URL": database_url, "BROKER": "external"}
    url = f"http://127.0.0.1:{http_port}"
    return Act(plan, folder, url, broker_port, database, settings, push_service)


async def _begin(act: Act) -> None:
    stages = await _stages(act)
    if act.plan.is_spread:
        mosquitto = prepare_mosquitto(act.folder / "broker", stages, act.broker_port)
        act.settings["BROKER_PASSWORD"] = mosquitto.server_password
        act.brokers.append(_started(act, "broker", mosquitto.command))
    server = command_of("trunkline-server")
    alone = [server, "serve"]
    spread = [*alone, "--no-link", "--no-dispatch"]
    act.servers.append(_started(act, "server", spread if act.plan.is_spread else alone))
    await _until_server_answers(act)
    if act.plan.is_spread:
        # The first has made the secrets; two of each, because two can get in each other's way.
        for number in (1, 2):
            link = [server, "link", "--share", "night"]
            act.servers.append(_started(act, f"link-{number}", link))
            act.servers.append(_started(act, f"dispatch-{number}", [server, "dispatch"]))
    for stage in stages:
        # As the phone app: what it has to say waits until the server takes it, however long.
        phones = [
            DemoPhone(f"{name} of {stage.site_id}", act.url, lambda _: None, patience_s=inf)
            for name in "AB"
        ]
        valley = Valley(stage, act.broker_port, act.plan.pictures, phones)
        act.valleys.append(valley)
        for phone, code in zip(phones, (stage.villager_code, stage.ranger_code), strict=True):
            await phone.join(code, act.push_service)


async def _stages(act: Act) -> list[Stage]:
    stages = []
    for number in range(act.plan.valleys):
        site_id = f"valley-{number:02d}"
        folder = act.folder / site_id
        folder.mkdir()
        stages.append(await set_up(act.database, folder, datetime.now(UTC), site_id=site_id))
    return stages


def _started(act: Act, name: str, command: list[str]) -> Process:
    process = Process(
        name,
        command,
        log=act.folder / f"{name}.log",
        environment=os.environ
        | {f"TRUNKLINE_{setting}": value for setting, value in act.settings.items()},
        comes_back=always,
        say=lambda _: None,
    )
    process.start()
    return process


async def _until_server_answers(act: Act) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_WITHIN_S
    async with aiohttp.ClientSession() as http:
        while loop.time() < deadline:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{act.url}/healthz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"the server did not start: {act.servers[0].last_words()}")


async def _end(act: Act) -> None:
    stations = [station for valley in act.valleys for station in valley.running]
    await asyncio.gather(*(process.stop() for process in (*stations, *act.servers)))
    for broker in act.brokers:
        await broker.stop()
    for valley in act.valleys:
        for phone in valley.phones:
            await phone.close()
