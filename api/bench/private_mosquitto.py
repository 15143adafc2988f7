"""A Mosquitto of our own, as the server would configure it: on a free port, gone afterwards."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.broker.mosquitto_files import write_files
from api.broker.provider import SERVER_USERNAME, BrokerAddress
from api.errors import SetUpError

_START_WITHIN_S = 10.0
_PASSWORD = "bench"  # noqa: S105 - of a broker that lives for a minute on 127.0.0.1


def mosquitto_program() -> str | None:
    """Return where Mosquitto is, None if there is none; Debian keeps it off an ordinary PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@asynccontextmanager
async def private_mosquitto(program: str, folder: Path) -> AsyncIterator[BrokerAddress]:
    """Run a broker that knows the server alone.

    Raises:
        SetUpError: it does not start.
    """
    port = _free_port()
    write_files(folder, [], server_password=_PASSWORD, port=port)
    config = folder / "mosquitto.conf"
    text = config.read_text().replace(f"listener {port}", f"listener {port} 127.0.0.1")
    if os.geteuid() == 0:
        text += "user root\n"  # it would give up root for a user who may not read the folder
    config.write_text(text)
    process = _started(program, config)
    try:
        await _until_it_listens(process, port)
        yield BrokerAddress("127.0.0.1", port, SERVER_USERNAME, _PASSWORD)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


def _started(program: str, config: Path) -> "subprocess.Popen[bytes]":
    with config.with_name("mosquitto.log").open("wb") as log:
        return subprocess.Popen([program, "-c", config], stdout=log, stderr=log)  # noqa: S603 - ours


async def _until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    async with asyncio.timeout(_START_WITHIN_S):
        while True:
            if process.poll() is not None:
                raise SetUpError("Mosquitto ended as soon as it was started")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
