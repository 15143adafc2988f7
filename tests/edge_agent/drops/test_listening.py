import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_agent.drops import listening
from edge_agent.drops.listening import drops_of, inboxes_of, listen
from tests.edge_agent.builders import settings_for
from tests.edge_agent.drops.deliveries import drop_settings


class FakeDrop:
    """An address that is not there the first times it is asked for."""

    kind = "ftp"
    name = "FTP on 10.0.0.1:2121"

    def __init__(self, *, failures: int) -> None:
        self.failures = failures
        self.done: list[str] = []

    def open(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(99, "Cannot assign requested address")
        self.done.append("opened")

    def close(self) -> None:
        self.done.append("closed")


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_address_that_is_not_there_yet_is_tried_again_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "_RETRY_S", (0.0,))
    drop = FakeDrop(failures=3)
    noted: list[str | None] = []

    with caplog.at_level(logging.INFO):
        task = asyncio.create_task(listen(drop, noted.append))
        await until(lambda: drop.done == ["opened"])
        task.cancel()
        await asyncio.wait([task])

    assert drop.done == ["opened", "closed"]
    assert caplog.messages == [
        "FTP on 10.0.0.1:2121 cannot be opened: Cannot assign requested address",
        "FTP on 10.0.0.1:2121 waits for pictures",
    ]
    assert noted == [caplog.messages[0]] * 3 + [None], "health knows it until it is over"


def camera(kind: str, name: str) -> dict[str, Any]:
    settings = drop_settings(kind, deployment_id=name, username=name)
    return settings.model_dump()


def test_one_server_of_a_kind_serves_all_its_cameras(tmp_path: Path) -> None:
    cameras = [camera("ftp", "a"), camera("ftp", "b"), camera("smtp", "c")]
    settings = settings_for(tmp_path, cameras=cameras)

    assert [drop.name for drop in drops_of(settings, inboxes_of(settings))] == [
        "FTP on 127.0.0.1:2121",
        "SMTP on 127.0.0.1:2525",
    ]


def test_a_station_without_such_cameras_opens_no_port(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)

    assert drops_of(settings, inboxes_of(settings)) == []
