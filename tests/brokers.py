"""Real brokers for tests: on 127.0.0.1, on a free port, stopped by whoever started them."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from api.broker.provider import BrokerAddress

_PATIENCE_S = 10


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mosquitto_program() -> str | None:
    """Return where Mosquitto is; Debian keeps it off an ordinary user's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A broker that can be killed and started again on the same port. It remembers nothing."""

    def __init__(
        self,
        program: str,
        folder: Path,
        *,
        passwords: Path | None = None,
        acl: Path | None = None,
        certificate: Path | None = None,
        certificate_key: Path | None = None,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        named = {
            "password_file": passwords,
            "acl_file": acl,
            "certfile": certificate,
            "keyfile": certificate_key,
        }
        self._config.write_text("\n".join([*_lines(self.host, self.port), *_options(named)]))

    @property
    def address(self) -> BrokerAddress:
        """Where a server finds it; with no password file, it lets everybody in."""
        return BrokerAddress(self.host, self.port, "trunkline-server", "")

    def start(self) -> None:
        """Start, and return once it listens."""
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _PATIENCE_S
        while not self._listens():
            assert self._process.poll() is None, (self._folder / "mosquitto.log").read_text()
            assert time.monotonic() < deadline, "Mosquitto does not listen"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut would: nothing is said and nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in peace, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_PATIENCE_S)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.host, self.port)) == 0


def _lines(host: str, port: int) -> list[str]:
    # It would give up root for a user who may not read the test's folder.
    return [f"listener {port} {host}", "max_queued_messages 0", "user root"]


def _options(named: dict[str, Path | None]) -> list[str]:
    given = [f"{name} {path}" for name, path in named.items() if path is not None]
    is_open = named["password_file"] is None
    return [*given, f"allow_anonymous {'true' if is_open else 'false'}", ""]
