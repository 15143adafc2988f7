import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.broker.mosquitto_files import write_files
from api.broker.provider import SERVER_USERNAME, BrokerAddress
from api.home_assistant.rules import AVAILABLE, OpenAlert, discovery, state
from api.home_assistant.worker import opened
from api.tables import AlertLevel, AnswerKind
from tests.api.radio import radio, wait_until
from tests.api.shell import Clock
from tests.api.world import DUSK, World, a_message
from tests.brokers import Mosquitto

MINUTE = timedelta(minutes=1)
CONFIG = "homeassistant/device/trunkline_valley/config"
STATE = "trunkline/home/valley/state"


def an_alert(**others: Any) -> OpenAlert:
    values: dict[str, Any] = {
        "herd_id": 1,
        "level": AlertLevel.WARNING,
        "count": 2,
        "captured_at": DUSK,
    }
    return OpenAlert(**values | {"simulated": False} | others)


def test_a_herd_near_two_villages_is_counted_once() -> None:
    told = state([an_alert(), an_alert(level=AlertLevel.DANGER, count=3)], DUSK + MINUTE)

    assert (told["elephants"], told["level"], told["near"]) == (3, "danger", "ON")


def test_a_drill_turns_no_lamp_on() -> None:
    told = state([an_alert(simulated=True, level=AlertLevel.DANGER)], DUSK)

    assert told == {
        "near": "OFF",
        "elephants": 0,
        "level": "none",
        "last_seen": None,
        "drill": "ON",
    }


def test_yesterday_s_elephants_are_gone() -> None:
    assert state([an_alert()], DUSK + timedelta(days=1))["near"] == "OFF"


def test_every_part_of_the_device_reads_something_that_the_state_has() -> None:
    device = discovery("valley", "Valley", "1")
    known = state([], DUSK)

    for key, part in device["cmps"].items():
        assert part["value_template"] == f"{{{{ value_json.{key} }}}}"
        assert key in known
        assert part["unique_id"] == f"trunkline_valley_{key}"
        assert part["p"] in {"sensor", "binary_sensor"}
    assert set(device["o"]) >= {"name"}


@pytest.mark.mosquitto
async def test_a_house_finds_the_valley_again_after_each_start_and_hears_of_its_herds(
    world: World, tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]
) -> None:
    files = tmp_path / "files"
    write_files(files, [], server_password="ours", port=1883, home_password="house")
    broker = start_mosquitto(passwords=files / "passwords", acl=files / "acl")
    address = BrokerAddress(broker.host, broker.port, SERVER_USERNAME, "ours")
    clock = Clock(DUSK + MINUTE)
    with radio(broker.host, broker.port, "home-assistant", "house") as house:
        for wanted in ("homeassistant/#", "trunkline/home/#"):
            await asyncio.to_thread(house.subscribe, wanted)

        def heard_on(topic: str) -> list[bytes]:
            return [payload for name, payload in house.heard if name == topic]

        def near() -> list[str]:
            return [json.loads(payload)["near"] for payload in heard_on(STATE)]

        async def until(holds: Callable[[], bool], what: str) -> None:
            await asyncio.to_thread(wait_until, holds, what)

        async with opened(address, world.database, "homeassistant", clock) as home:
            await until(home._is_born.is_set, "we are connected")
            await home.tell()
            await until(lambda: near() == ["OFF"], "the state is told")
            await world.tell(world.ridge, a_message("elephant", "elephant"))
            await home.tell()
            await until(lambda: near() == ["OFF", "ON"], "the herd is told")
            assert len(heard_on(CONFIG)) == 1
            await asyncio.to_thread(house.say, "homeassistant/status", b"online")
            await until(home._is_born.is_set, "we hear that it was born")
            await home.tell()
            await until(lambda: len(heard_on(CONFIG)) == 2, "the device is told again")
            # From another connection: some versions hang up on whoever tries.
            with radio(broker.host, broker.port, "home-assistant", "house") as liar:
                await asyncio.to_thread(liar.say, STATE, b"forged")
            await world.answer(world.ranger, (await world.the_alert()).id, AnswerKind.ALL_CLEAR)
            await home.tell()
            await until(lambda: near()[-1] == "OFF", "the end is told")
        await until(lambda: heard_on(AVAILABLE)[-1:] == [b"offline"], "we said goodbye")

    assert json.loads(heard_on(STATE)[1])["elephants"] == 2
    everything = b"".join(payload for _, payload in house.heard).decode()
    assert "forged" not in everything
    assert str(world.ridge.latitude) not in everything
