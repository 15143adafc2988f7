import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.siren import SirenAct, SirenCause, SirenOrder, SirenState
from edge_agent.siren.settings import CommandSirenSettings, GpioSirenSettings
from edge_agent.siren.siren import Siren


def a_command(script: str, **more: object) -> CommandSirenSettings:
    table = {"kind": "command", "command": ("/bin/sh", "-c", script), "seconds": 0.3, **more}
    return CommandSirenSettings.model_validate(table)


async def until(reached: Callable[[], bool], patience_s: float = 10) -> None:
    async with asyncio.timeout(patience_s):
        while not reached():  # noqa: ASYNC110 (another process, or a thread, brings it about)
            await asyncio.sleep(0.01)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return status != "Z"


def an_order(seconds: float, *, simulated: bool = False) -> SirenOrder:
    return SirenOrder(id=uuid7(), sent_at=datetime.now(UTC), seconds=seconds, simulated=simulated)


async def test_an_elephant_is_told_of_and_then_it_is_silent_again(tmp_path: Path) -> None:
    said: list[SirenState] = []
    siren = Siren(a_command(f"touch {tmp_path}/rang"), simulated=False, tell=said.append)
    sighting = uuid7()

    siren.see_elephant(sighting, datetime.now(UTC))
    await until(lambda: len(said) == 2)
    await siren.close()

    assert (tmp_path / "rang").exists()
    assert [state.act for state in said] == [SirenAct.SOUNDING, SirenAct.SILENT]
    assert {(state.cause, state.id) for state in said} == {(SirenCause.ELEPHANT, sighting)}


async def test_a_stuck_command_and_what_it_started_are_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 600 & echo $$ $! > {pids}; while :; do sleep 600; done"
    said: list[SirenState] = []
    siren = Siren(a_command(script), simulated=False, tell=said.append)

    siren.see_elephant(uuid7(), datetime.now(UTC))
    await until(lambda: said[-1:] != [] and said[-1].act is SirenAct.SILENT)
    started = [int(pid) for pid in pids.read_text().split()]
    await until(lambda: not any(is_alive(pid) for pid in started))
    await siren.close()

    assert len(started) == 2


async def test_a_command_that_is_not_there_is_said_and_the_next_elephant_tries_again() -> None:
    said: list[SirenState] = []
    settings = CommandSirenSettings(kind="command", command=("/no/such/horn",))
    siren = Siren(settings, simulated=False, tell=said.append)

    siren.see_elephant(uuid7(), datetime.now(UTC))
    await until(lambda: [state.act for state in said].count(SirenAct.FAILED) == 1)
    siren.see_elephant(uuid7(), datetime.now(UTC))
    await until(lambda: [state.act for state in said].count(SirenAct.FAILED) == 2)
    await siren.close()

    assert "/no/such/horn" in (said[-1].reason or "")


async def test_the_server_s_drill_sounds_is_marked_and_can_be_silenced() -> None:
    said: list[SirenState] = []
    siren = Siren(a_command("sleep 600"), simulated=False, tell=said.append)

    siren.obey(an_order(300, simulated=True).to_body())
    await until(lambda: said != [])
    silenced = an_order(0, simulated=True)
    siren.obey(silenced.to_body())
    await until(lambda: said[-1].act is SirenAct.SILENT)
    await siren.close()

    assert [(state.act, state.simulated) for state in said] == [
        (SirenAct.SOUNDING, True),
        (SirenAct.SILENT, True),
    ]
    assert said[-1].id == silenced.id


async def test_an_order_sounds_once_however_often_it_is_delivered() -> None:
    said: list[SirenState] = []
    siren = Siren(a_command("true"), simulated=False, tell=said.append)
    body = an_order(1).to_body()

    for _ in range(3):
        siren.obey(body)
    await until(lambda: len(said) == 4)
    await siren.close()

    assert [state.act for state in said].count(SirenAct.SOUNDING) == 1
    assert [state.act for state in said].count(SirenAct.HELD_BACK) == 2


async def test_an_order_that_is_none_is_not_obeyed() -> None:
    siren = Siren(a_command("true"), simulated=False, tell=lambda _: None)

    with pytest.raises(UnreadableMessageError):
        siren.obey(b'{"seconds": 1e9}')

    await siren.close()


async def test_a_station_that_is_stopped_leaves_no_noise_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    settings = a_command(f"echo $$ > {pid}; exec sleep 600", seconds=300)
    siren = Siren(settings, simulated=False, tell=lambda _: None)

    siren.see_elephant(uuid7(), datetime.now(UTC))
    await until(lambda: pid.exists() and pid.read_text().strip() != "")
    await siren.close()

    assert not is_alive(int(pid.read_text()))


async def test_a_relay_is_held_for_the_seconds_of_the_config_and_then_let_go() -> None:
    from gpiozero import Device
    from gpiozero.pins.mock import MockFactory

    Device.pin_factory = MockFactory()
    said: list[tuple[SirenAct, bool]] = []
    pin = Device.pin_factory.pin(17)
    settings = GpioSirenSettings(kind="gpio", pin=17, seconds=0.5)
    try:
        siren = Siren(
            settings, simulated=False, tell=lambda state: said.append((state.act, bool(pin.state)))
        )
        siren.see_elephant(uuid7(), datetime.now(UTC))
        await until(lambda: len(said) == 2)
        await siren.close()
    finally:
        Device.pin_factory.close()
        Device.pin_factory = None

    assert said == [(SirenAct.SOUNDING, False), (SirenAct.SILENT, False)]
    assert [bool(state.state) for state in pin.states][-2:] == [True, False]
    assert pin.states[-1].timestamp == pytest.approx(0.5, abs=0.4), "since it was switched on"


async def test_a_board_without_pins_says_so_and_watches_on() -> None:
    said: list[SirenState] = []
    settings = GpioSirenSettings(kind="gpio", pin=17)
    siren = Siren(settings, simulated=False, tell=said.append)

    siren.see_elephant(uuid7(), datetime.now(UTC) - timedelta(seconds=1))
    await until(lambda: said != [])
    await siren.close()

    assert said[-1].act is SirenAct.FAILED
    assert "pin 17" in (said[-1].reason or "")
