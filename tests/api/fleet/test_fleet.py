"""A server and a station's radio: configs and releases go out, answers come in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.broker.provider import BrokerAddress
from api.database import Database
from api.events.rules import Timings
from api.fleet.store import desire, history_of, offers_of
from api.fleet.tables import ReleaseOffer
from api.inbox import Inbox
from api.link import Link
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.tables import Role
from edge_agent.contracts.configuration import DesiredConfig, Outcome, ReportedConfig
from edge_agent.contracts.messages import StorageReceipt, StoredKind, read_message
from edge_agent.contracts.seal import open_sealed
from edge_agent.contracts.topics import (
    CONFIG_DESIRED,
    CONFIG_REPORTED,
    STORED,
    UPDATE_OFFER,
    UPDATE_REPORTED,
)
from edge_agent.contracts.updates import Step, UpdateOffer, UpdateReport
from tests.api.radio import Radio, radio, wait_until
from tests.api.shell import Shell, said
from tests.api.world import DUSK, World
from tests.brokers import Mosquitto

HIGHER = {"thresholds": {"night_ir": 0.7}}


def a_report(version: int, outcome: Outcome = Outcome.APPLIED, **changes: Any) -> ReportedConfig:
    fields = {"at": DUSK, "answered_version": version, "outcome": outcome, "version": 1}
    return ReportedConfig.model_validate(fields | changes)


async def take(world: World, folder: Path, *messages: Any) -> Any:
    async with world.database.transaction() as session:
        inbox = Inbox(MediaFolder(folder), Timings())
        return await inbox.take(session, list(messages), DUSK + timedelta(seconds=1))


async def test_an_operator_tunes_a_station_and_sees_what_became_of_it(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        url = "/api/v1/stations/ridge/config"
        assert (await operator.get(url)).json()["desired"] is None
        put = await operator.put(url, json={"settings": HIGHER, "note": "moths"})
        assert put.status_code == 200, put.text

        batch = await take(
            world,
            tmp_path,
            said(
                world.ridge,
                CONFIG_REPORTED,
                a_report(1, effective={"thresholds": {"night_ir": 0.6}}),
            ),
        )
        (item,) = batch.stored[world.ridge.id]
        view = (await operator.get(url)).json()

    assert (item.kind, item.id) == (StoredKind.CONFIG, "1")
    assert (view["desired"]["version"], view["desired"]["outcome"]) == (1, "applied")
    assert view["desired"]["note"] == "moths"
    assert view["differences"] == [{"key": "thresholds.night_ir", "desired": 0.7, "reported": 0.6}]


async def test_a_config_that_cannot_be_is_refused_with_its_key(shell: Shell) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        answer = await operator.put(
            "/api/v1/stations/ridge/config", json={"settings": {"thresholds": {"night": 1}}}
        )
        missing = await operator.put("/api/v1/stations/nowhere/config", json={"settings": {}})

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid_config"
    assert "thresholds.night" in answer.json()["message"]
    assert missing.status_code == 404


async def test_a_refusal_stays_with_its_version_in_the_history(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    async with world.database.transaction() as session:
        for threshold in (0.7, 0.8):
            wish = {"thresholds": {"day": threshold}}
            await desire(session, world.ridge, wish, made_by="Bo", note="", now=DUSK)

    await take(
        world,
        tmp_path,
        said(world.ridge, CONFIG_REPORTED, a_report(1)),
        said(
            world.ridge,
            CONFIG_REPORTED,
            a_report(2, Outcome.ROLLED_BACK, reason="not heard"),
        ),
    )

    async with world.database.reading() as session:
        rows = await history_of(session, world.ridge.id)
    assert [(r.version, r.outcome, r.reason) for r in rows] == [
        (2, "rolled_back", "not heard"),
        (1, "applied", ""),
    ]


async def test_a_server_that_lost_its_database_does_not_use_a_version_twice(
    world: World, tmp_path: Path
) -> None:
    await take(world, tmp_path, said(world.ridge, CONFIG_REPORTED, a_report(7)))

    async with world.database.transaction() as session:
        row = await desire(session, world.ridge, {}, made_by="Bo", note="", now=DUSK)

    assert row.version == 8


async def test_how_far_an_offer_came_is_kept(world: World, shell: Shell, tmp_path: Path) -> None:
    digest = "ab" * 32
    await world.add(an_offer(world, digest))
    report = UpdateReport(
        at=DUSK,
        offer=digest,
        release="elephant-0.2",
        step=Step.ROLLED_BACK,
        reason="it is blind",
        running="elephant-0.1",
        figures={"frames": 12},
    )

    await take(world, tmp_path, said(world.ridge, UPDATE_REPORTED, report))

    async with shell.signed_in(Role.OPERATOR) as operator:
        told = (await operator.get("/api/v1/stations/ridge/releases")).json()
    assert told["running"] == "elephant-0.1"
    (offer,) = told["offers"]
    assert (offer["step"], offer["reason"]) == ("rolled_back", "it is blind")
    assert offer["figures"] == {"frames": 12}


def an_offer(world: World, digest: str) -> ReleaseOffer:
    offer = UpdateOffer(manifest="{}", signature="0" * 128, url="https://server.example/r")
    return ReleaseOffer(
        station_id=world.ridge.id,
        digest=digest,
        release="elephant-0.2",
        offer=offer.model_dump(mode="json"),
        made_at=DUSK,
    )


@asynccontextmanager
async def linked(world: World, broker: Mosquitto, folder: Path) -> AsyncIterator[None]:
    address = BrokerAddress(broker.host, broker.port, "trunkline-server", "")
    inbox = Inbox(MediaFolder(folder / "media"), Timings())
    link = Link(world.database, inbox, Metrics(), clock=lambda: DUSK)
    working = asyncio.create_task(link.run(address, client_id="server", share=None))
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def orders(world: World, one: Radio, topic: Any) -> list[bytes]:
    name = topic.of("valley", "ridge")
    return [open_sealed(world.ridge.key, name, p) for heard, p in one.heard if heard == name]


@pytest.mark.mosquitto
async def test_what_is_desired_waits_for_the_station_at_the_broker_and_its_answer_is_confirmed(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    world = await World.build(sqlite_database)
    async with world.database.transaction() as session:
        await desire(session, world.ridge, {}, made_by="Bo", note="", now=DUSK)
        await desire(session, world.ridge, HIGHER, made_by="Bo", note="", now=DUSK)
    await world.add(an_offer(world, "ab" * 32))

    async with linked(world, mosquitto, tmp_path):
        await until_told(world)
        # Only now does the station come.
        with radio(mosquitto.host, mosquitto.port) as ridge:
            for topic in (CONFIG_DESIRED, UPDATE_OFFER, STORED):
                ridge.subscribe(topic.of("valley", "ridge"))
            await asyncio.to_thread(
                wait_until, lambda: bool(orders(world, ridge, UPDATE_OFFER)), "the offer comes"
            )
            answer = said(world.ridge, CONFIG_REPORTED, a_report(2))
            await asyncio.to_thread(ridge.say, answer.topic, answer.payload, retain=True)
            await asyncio.to_thread(
                wait_until, lambda: bool(orders(world, ridge, STORED)), "the receipt comes"
            )
            desired = orders(world, ridge, CONFIG_DESIRED)
            (receipt,) = orders(world, ridge, STORED)

    config = read_message(DesiredConfig, desired[0])
    assert (config.version, config.settings) == (2, HIGHER)
    (item,) = read_message(StorageReceipt, receipt).items
    assert (item.kind, item.id) == (StoredKind.CONFIG, "2")


async def until_told(world: World) -> None:
    async with asyncio.timeout(10):
        while True:
            async with world.database.reading() as session:
                newest = (await history_of(session, world.ridge.id))[0]
                (offer,) = await offers_of(session, world.ridge.id)
            if newest.told_at is not None and offer.told_at is not None:
                return
            await asyncio.sleep(0.05)


@pytest.mark.mosquitto
async def test_a_broker_that_lost_its_memory_is_told_again(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    world = await World.build(sqlite_database)
    async with world.database.transaction() as session:
        await desire(session, world.ridge, HIGHER, made_by="Bo", note="", now=DUSK)
    await world.add(an_offer(world, "ab" * 32))

    async with linked(world, mosquitto, tmp_path):
        await until_told(world)
        await asyncio.to_thread(mosquitto.kill)
        await asyncio.to_thread(mosquitto.start)
        with radio(mosquitto.host, mosquitto.port) as ridge:
            ridge.subscribe(CONFIG_DESIRED.of("valley", "ridge"))
            await asyncio.to_thread(
                wait_until, lambda: bool(orders(world, ridge, CONFIG_DESIRED)), "it is told again"
            )
