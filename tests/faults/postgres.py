"""A PostgreSQL that can be killed: one process of ours, with its files in a folder of its own."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from api.demo.ports import usual_or_free
from api.demo.processes import Process, always

_OPTIONS = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
_START_WITHIN_S = 60.0


@asynccontextmanager
async def killable_postgres(
    programs: Path, say: Callable[[str], None]
) -> AsyncIterator[tuple[Process, str]]:
    """Start PostgreSQL, with an empty database; yield its process and the database's URL."""
    folder = Path(tempfile.mkdtemp(prefix="trunkline-faults-postgres-"))
    port = usual_or_free(0)
    try:
        await asyncio.to_thread(_make_cluster, programs, folder)
        command = [
            *_as_user(),
            str(programs / "postgres"),
            *("-D", str(folder / "cluster"), "-p", str(port), "-k", str(folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
        ]
        process = Process(
            "database",
            command,
            log=folder / "log",
            environment=dict(os.environ),
            comes_back=always,
            say=say,
        )
        process.start()
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            await _until_it_answers(url, process)
            yield process, url.replace("postgresql:", "postgresql+psycopg:")
        finally:
            await process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user() -> list[str]:
    """PostgreSQL refuses to be root; it dies with us nevertheless."""
    if os.geteuid() != 0:
        return []
    user = ("--reuid=postgres", "--regid=postgres", "--clear-groups")
    return ["setpriv", *user, "--pdeathsig", "INT"]


def _make_cluster(programs: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run(
        [*_as_user(), programs / "initdb", "-D", folder / "cluster", *_OPTIONS],
        check=True,
        capture_output=True,
        cwd=folder,
    )


async def _until_it_answers(url: str, process: Process) -> None:
    deadline = asyncio.get_running_loop().time() + _START_WITHIN_S
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(url)
            await connection.close()
        except psycopg.OperationalError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise RuntimeError(f"PostgreSQL: {process.last_words()}") from error
            await asyncio.sleep(0.1)
        else:
            return
