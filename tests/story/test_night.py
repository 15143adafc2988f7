"""The whole way, with real processes: from a frame to a phone that says "seen"."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import mosquitto_program

pytestmark = [pytest.mark.story, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("trunkline-server"))


class Demo:
    """A running headless demo in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._stderr = (folder / "stderr.log").open("w+")
        self._child = subprocess.Popen(
            [COMMAND, "demo", "--headless", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )

    def told(self) -> str:
        """What it has said so far."""
        self._stderr.seek(0)
        return self._stderr.read()

    def wait_until_told(self, words: str, within_s: float = 120) -> None:
        deadline = time.monotonic() + within_s
        while words not in self.told():
            assert self._child.poll() is None, f"ended before {words!r}: {self.told()}"
            assert time.monotonic() < deadline, f"never said {words!r}: {self.told()}"
            time.sleep(0.05)

    def pid_of_child(self, words: str) -> int:
        """Return the process that the demo started with these words in its command line."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if words in command and int(parent) == self._child.pid:
                return int(folder.name)
        raise AssertionError(f"no child with {words!r}")

    def verdict(self) -> dict[str, object]:
        """Wait for the end; return the JSON of the last line."""
        output, _ = self._child.communicate(timeout=380)
        assert self._child.returncode == 0, f"{output}\n{self.told()}"
        verdict: dict[str, object] = json.loads(output.strip().splitlines()[-1])
        return verdict

    def close(self) -> None:
        if self._child.poll() is None:
            self._child.terminate()
            self._child.wait(timeout=30)
        self._stderr.close()


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[list[Demo]]:
    running: list[Demo] = []
    yield running
    for demo in running:
        demo.close()


@pytest.mark.mosquitto
@pytest.mark.postgres
def test_a_night_is_told_to_the_last_phone_through_mosquitto_and_postgresql(
    tmp_path: Path, in_folder: list[Demo], postgres_url: str
) -> None:
    if mosquitto_program() is None:
        pytest.skip("Mosquitto is not installed")
    demo = Demo(tmp_path, "--broker", "mosquitto", "--database-url", postgres_url)
    in_folder.append(demo)

    verdict = demo.verdict()

    assert verdict["ok"] is True
    assert verdict["lost"] == 0
    assert verdict["alerts"] == verdict["acknowledged"] == 3  # two villages and a road, one herd
    assert verdict["pushes_decrypted"] == verdict["pushes_sent"]


def test_a_server_killed_in_the_middle_loses_nothing(tmp_path: Path, in_folder: list[Demo]) -> None:
    """With the broker and the database of its own, as `make demo` has them."""
    demo = Demo(tmp_path)
    in_folder.append(demo)
    demo.wait_until_told("phone rings")

    os.kill(demo.pid_of_child("trunkline-server serve"), signal.SIGKILL)
    demo.wait_until_told("starting it again")
    verdict = demo.verdict()

    assert verdict["lost"] == 0
    assert verdict["ok"] is True
    assert verdict["alerts"] == verdict["acknowledged"] == 3
