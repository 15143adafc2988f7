"""Real disks where the machine lets a test have one, else SQLite's own way of being full."""

import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.contracts.messages import StoredItem, StoredKind, body_sha256
from edge_agent.outbox import Condition, Letter, Outbox, Source
from tests.edge_agent.builders import DUSK, a_message

BIG = os.urandom(9000)  # more than the room that SQLite's pages have left


def full_outbox(path: Path, *, try_again_s: float = 0) -> Outbox:
    outbox = Outbox(path, try_again_s=try_again_s)
    assert outbox._shelter.disk is not None
    outbox._shelter.disk._database.execute("PRAGMA max_page_count = 1")  # full at its present size
    return outbox


def make_room(outbox: Outbox) -> None:
    assert outbox._shelter.disk is not None
    outbox._shelter.disk._database.execute("PRAGMA max_page_count = 1000000")


def ids(outbox: Outbox) -> list[str]:
    return [letter.id for letter in outbox.waiting(StoredKind.DETECTION, 1000)]


def receipt(message_id: object, revision: int = 1) -> StoredItem:
    return StoredItem(kind=StoredKind.DETECTION, id=str(message_id), revision=revision)


def test_on_a_full_disk_sightings_wait_in_memory_and_come_home_by_themselves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "outbox.db"
    first, second = a_message(), a_message()
    seen = Source("ridge-1", "IMG_0001.JPG")
    with full_outbox(path, try_again_s=1000) as outbox:
        outbox.keep(first, BIG, seen)
        outbox.keep(second, None)
        assert outbox.condition is Condition.UNWRITABLE
        assert ids(outbox) == [str(second.id), str(first.id)]
        assert (outbox.unsent(), outbox.was_looked_at(seen)) == (3, True)
        make_room(outbox)
        outbox._shelter.try_at_s = 0
        outbox.tend()
        conditions = [outbox.condition]
    with Outbox(path) as reopened:
        assert ids(reopened) == [str(second.id), str(first.id)]
        assert reopened.body(Letter(StoredKind.MEDIA, body_sha256(BIG), 1)) == BIG
        assert reopened.was_looked_at(seen)

    assert conditions == [Condition.FINE]
    assert [m.split(" (")[0] for m in caplog.messages] == [
        "the outbox cannot be written",
        "the outbox can be written again; nothing is in memory only",
    ]


def test_a_receipt_that_the_full_disk_cannot_take_is_remembered(tmp_path: Path) -> None:
    old, grown = a_message(), a_message()
    with Outbox(tmp_path / "outbox.db", try_again_s=1000) as outbox:
        outbox.keep(old, None)
        outbox.keep(grown, None)
        outbox._shelter._note_trouble(OSError("no disk"))
        outbox.keep(grown.model_copy(update={"revision": 2}), None)

        assert outbox.waiting(StoredKind.DETECTION, 10) == [
            Letter(StoredKind.DETECTION, str(grown.id), 2),
            Letter(StoredKind.DETECTION, str(old.id), 1),
        ]
        assert outbox.forget([receipt(old.id)]) == 1
        assert outbox.forget([receipt(old.id)]) == 0, "doubled"
        assert ids(outbox) == [str(grown.id)]
    with Outbox(tmp_path / "outbox.db") as reopened:
        assert reopened.waiting(StoredKind.DETECTION, 10) == [
            Letter(StoredKind.DETECTION, str(grown.id), 2)
        ]


def test_what_was_in_memory_is_on_the_disk_after_a_stop(tmp_path: Path) -> None:
    message = a_message()
    with full_outbox(tmp_path / "outbox.db", try_again_s=1000) as outbox:
        outbox.keep(message, BIG)
        make_room(outbox)

    with Outbox(tmp_path / "outbox.db") as reopened:
        assert ids(reopened) == [str(message.id)]


def test_a_station_starts_although_its_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with Outbox(tmp_path / "state/outbox.db", try_again_s=0) as outbox:
        outbox.keep(a_message(), b"a picture")
        before = outbox.condition
        (tmp_path / "state").unlink()
        outbox.tend()

        assert (before, outbox.condition) == (Condition.UNWRITABLE, Condition.FINE)
        assert outbox.unsent() == 2


@pytest.mark.parametrize(
    ("harm", "saved"), [("header", 0), ("middle", None), ("empty", 0)], ids=str
)
def test_a_damaged_file_is_set_aside_and_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: str, saved: int | None
) -> None:
    path = tmp_path / "outbox.db"
    with Outbox(path) as outbox:
        for _ in range(200):
            outbox.keep(a_message(), None)
    damage(path, harm)

    with Outbox(path) as outbox:
        count = outbox.unsent()
        outbox.keep(a_message(), None)
        assert outbox.unsent() == count + 1
        assert outbox.condition is Condition.FINE

    if harm == "empty":
        assert count == 0, "an empty file is a new one"
        return
    assert count == saved if saved is not None else 0 < count < 200
    assert [p.name.split("-")[0] for p in tmp_path.glob("*damaged*")] == ["outbox.db.damaged"]
    assert "the outbox was damaged" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


def damage(path: Path, harm: str) -> None:
    size = path.stat().st_size
    if harm == "empty":
        path.write_bytes(b"")
        return
    with path.open("r+b") as file:
        file.seek(0 if harm == "header" else size // 2)
        file.write(os.urandom(20_000))


def test_damage_while_it_runs_loses_not_the_sighting_that_found_it(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    message = a_message()
    with Outbox(path) as outbox:
        for _ in range(200):
            outbox.keep(a_message(), None)
        assert outbox._shelter.disk is not None
        outbox._shelter.disk._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(path, "middle")
        outbox._shelter.disk._database.execute("PRAGMA shrink_memory")

        outbox.keep(message, BIG)
        for kind in StoredKind:
            outbox.waiting(kind, 1000)
        outbox.unsent()

        assert ids(outbox)[0] == str(message.id)
        assert 150 < len(ids(outbox)) < 200, "what lay behind the damage could be read, too"
        assert outbox.condition is Condition.FINE


def test_an_outbox_of_an_older_station_is_read_on(tmp_path: Path) -> None:
    path, message = tmp_path / "outbox.db", a_message()
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE letters (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
        " id TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL, kept_at TEXT NOT NULL,"
        " refused_because TEXT, UNIQUE (kind, id));"
        "CREATE INDEX letters_waiting ON letters (kind, number) WHERE refused_because IS NULL;"
        "CREATE TABLE looked_at (deployment_id TEXT NOT NULL, name TEXT NOT NULL,"
        " PRIMARY KEY (deployment_id, name)) WITHOUT ROWID;"
    )
    values = ("detection", str(message.id), 1, message.to_body(), DUSK.isoformat())
    insert = "INSERT INTO letters (kind, id, revision, body, kept_at) VALUES (?, ?, ?, ?, ?)"
    old.execute(insert, values)
    old.execute("INSERT INTO looked_at VALUES ('ridge-1', 'IMG_0001.JPG')")
    old.commit()
    old.close()

    with Outbox(path) as outbox:
        letter = Letter(StoredKind.DETECTION, str(message.id), 1)
        assert outbox.late(StoredKind.DETECTION, DUSK.replace(year=2027), 10) == [letter]
        assert outbox.body(letter) == message.to_body()
        assert outbox.oldest_unsent_at() == DUSK
        assert outbox.was_looked_at(Source("ridge-1", "IMG_0001.JPG"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 2 MB; only where the machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_real_disk_that_others_fill(small_disk: Path) -> None:
    sightings = []
    with Outbox(small_disk / "outbox.db", try_again_s=0) as outbox:
        hog = small_disk / "hog"
        with hog.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        for _ in range(200):
            message = a_message()
            outbox.keep(message, BIG)
            sightings.append(str(message.id))
        before = outbox.condition
        assert set(ids(outbox)) == set(sightings)
        hog.unlink()
        outbox.tend()

        assert (before, outbox.condition) == (Condition.UNWRITABLE, Condition.FINE)
    with Outbox(small_disk / "outbox.db") as reopened:
        assert set(ids(reopened)) == set(sightings)


def test_a_real_disk_that_becomes_read_only(small_disk: Path) -> None:
    first, second = a_message(), a_message()
    with Outbox(small_disk / "outbox.db") as outbox:
        outbox.keep(first, None)

    remount(small_disk, "ro")
    with Outbox(small_disk / "outbox.db", try_again_s=0) as outbox:
        outbox.keep(second, BIG)
        before, waiting = outbox.condition, ids(outbox)
        remount(small_disk, "rw")
        outbox.tend()

        assert before is Condition.UNWRITABLE
        assert str(second.id) in waiting
        assert set(ids(outbox)) == {str(first.id), str(second.id)}
        assert outbox.trouble is None


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)
