"""A PostgreSQL of our own: in a temporary folder, on a free port, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import psycopg

START_WITHIN_S = 30.0
INITDB_OPTIONS = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")


def newest_bin() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL programs, None if there is none."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    found = [folder for folder in folders if (folder / "initdb").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


class PrivatePostgres:
    """`with PrivatePostgres(bin_folder) as server: server.url`. PostgreSQL refuses to be root.

    `is_durable`: whether a commit survives a power cut. Tests need none of that.
    """

    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        self._programs = programs
        self._fsync = "on" if is_durable else "off"
        self._folder = Path(tempfile.mkdtemp(prefix="trunkline-postgres-"))
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._port = _free_port()
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server, without a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        if self._as_user:
            shutil.chown(self._folder, "postgres", "postgres")
        cluster = self._folder / "cluster"
        subprocess.run(  # noqa: S603 - found on this machine, by us
            [*self._as_user, self._programs / "initdb", "-D", cluster, *INITDB_OPTIONS],
            check=True,
            capture_output=True,
            cwd=self._folder,
        )
        self._guard = self._start(cluster)
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, cluster: Path) -> subprocess.Popen[bytes]:
        server = (
            f"{self._programs}/postgres -D {cluster} -p {self._port} -k {self._folder}"
            f" -c listen_addresses=127.0.0.1 -c fsync={self._fsync} -c max_connections=60"
        )
        # The shell waits for its input to close: the server ends even if the tests are killed.
        script = f"{server} >{self._folder}/log 2>&1 </dev/null & read _; kill -INT $!; wait $!"
        return subprocess.Popen(  # noqa: S603 - the same
            [*self._as_user, "sh", "-c", script], stdin=subprocess.PIPE, cwd=self._folder
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while True:
            try:
                psycopg.connect(self.url.replace("+psycopg", "") + "/postgres").close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make an empty database on the server with this URL; it is gone afterwards."""
    name = f"t{uuid4().hex}"
    admin_url = server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    yield f"{server}/{name}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
