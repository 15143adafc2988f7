import asyncio
import os
import socket
import time
from pathlib import Path

import pytest

from edge_agent.watchdog import keep_alive, watchdog_s


@pytest.fixture
def systemd(tmp_path: Path) -> socket.socket:
    """The end of the socket that systemd holds."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    end.bind(str(tmp_path / "notify"))
    end.settimeout(10)
    return end


async def test_a_station_says_that_it_is_ready_and_then_that_it_lives(
    systemd: socket.socket, tmp_path: Path
) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}

    alive = asyncio.create_task(keep_alive(environment))
    heard = [await asyncio.to_thread(systemd.recv, 100) for _ in range(3)]
    alive.cancel()
    systemd.close()

    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


async def test_a_loop_that_hangs_falls_silent(systemd: socket.socket, tmp_path: Path) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    alive = asyncio.create_task(keep_alive(environment))
    assert await asyncio.to_thread(systemd.recv, 100) == b"READY=1"
    assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"

    time.sleep(0.5)  # noqa: ASYNC251 (the very fault: the loop does not turn)
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(100)

    alive.cancel()
    systemd.close()


async def test_without_systemd_nobody_is_told() -> None:
    await asyncio.wait_for(keep_alive({}), timeout=5)


async def test_a_socket_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    await asyncio.wait_for(keep_alive({"NOTIFY_SOCKET": str(tmp_path / "gone")}), timeout=5)


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
    ids=["asked", "asked of us", "asked of another process", "nonsense", "not asked"],
)
def test_only_the_process_that_was_asked_reports(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_s(environment) == seconds
