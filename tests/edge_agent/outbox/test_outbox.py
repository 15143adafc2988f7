import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.contracts.messages import StoredItem, StoredKind, body_sha256
from edge_agent.outbox import Letter, Outbox, Source
from tests.edge_agent.builders import a_message

_WRITER = """
import sys
from pathlib import Path
from edge_agent.outbox import Outbox
from tests.edge_agent.builders import a_message

with Outbox(Path(sys.argv[1])) as outbox:
    while True:
        message = a_message()
        outbox.keep(message, message.id.bytes * 1000)
        print(message.id, flush=True)
"""


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def receipt_for(message_id: object, revision: int = 1) -> list[StoredItem]:
    return [StoredItem(kind=StoredKind.DETECTION, id=str(message_id), revision=revision)]


@pytest.mark.parametrize("kept_before_the_kill", [1, 40])
def test_what_was_kept_survives_a_kill_in_the_midst_of_writing(
    tmp_path: Path, kept_before_the_kill: int
) -> None:
    path = tmp_path / "outbox.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=_here()
    )
    assert writer.stdout is not None
    promised = [writer.stdout.readline().strip() for _ in range(kept_before_the_kill)]
    writer.send_signal(signal.SIGKILL)
    promised += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()

    with Outbox(path) as reopened:
        sightings = {letter.id for letter in reopened.waiting(StoredKind.DETECTION, 100_000)}
        pictures = reopened.waiting(StoredKind.MEDIA, 100_000)

    assert set(promised) <= sightings
    assert len(pictures) == len(sightings), "a sighting and its picture are kept together or not"


def _here() -> dict[str, str]:
    root = Path(__file__).parents[3]
    return {**os.environ, "PYTHONPATH": str(root)}


def test_a_receipt_for_an_older_revision_does_not_forget_the_newer(outbox: Outbox) -> None:
    first = a_message()
    outbox.keep(first, None)
    outbox.keep(first.model_copy(update={"revision": 2}), None)

    outbox.forget(receipt_for(first.id, revision=1))

    assert outbox.waiting(StoredKind.DETECTION, 10) == [
        Letter(StoredKind.DETECTION, str(first.id), 2)
    ]


def test_a_receipt_for_a_newer_revision_covers_the_older(outbox: Outbox) -> None:
    message = a_message(revision=2)
    outbox.keep(message, None)

    forgotten = outbox.forget(receipt_for(message.id, revision=7))

    assert (forgotten, outbox.unsent()) == (1, 0)


def test_a_grown_sighting_is_the_newest_again(outbox: Outbox) -> None:
    old, young = a_message(), a_message()
    outbox.keep(old, None)
    outbox.keep(young, None)
    outbox.keep(old.model_copy(update={"revision": 2}), None)

    ids = [letter.id for letter in outbox.waiting(StoredKind.DETECTION, 10)]

    assert ids == [str(old.id), str(young.id)]


def test_a_picture_that_cannot_be_kept_leaves_no_sighting_behind(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute(
            "CREATE TRIGGER no_pictures BEFORE INSERT ON letters WHEN NEW.kind = 'media'"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    other.close()

    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        outbox.keep(a_message(), b"a picture")

    assert outbox.unsent() == 0
    outbox.keep(a_message(), None)
    assert outbox.unsent() == 1


def test_what_was_refused_waits_no_more_but_is_still_there(outbox: Outbox) -> None:
    message = a_message()
    outbox.keep(message, b"a picture")
    letter = Letter(StoredKind.DETECTION, str(message.id), 1)

    assert outbox.set_aside(letter, "a field of the future")
    assert not outbox.set_aside(letter, "a field of the future"), "so that it is logged once"

    assert (outbox.unsent(), outbox.refused()) == (1, 1)
    assert outbox.body(letter) == message.to_body()


def test_a_sighting_that_grows_after_a_refusal_is_sent_again(outbox: Outbox) -> None:
    message = a_message()
    outbox.keep(message, None)
    outbox.set_aside(Letter(StoredKind.DETECTION, str(message.id), 1), "unreadable")

    outbox.keep(message.model_copy(update={"revision": 2}), None)

    assert (outbox.unsent(), outbox.refused()) == (1, 0)


def test_two_sightings_of_one_picture_send_it_once(outbox: Outbox) -> None:
    outbox.keep(a_message(), b"a picture")
    outbox.keep(a_message(), b"a picture")

    assert outbox.waiting(StoredKind.MEDIA, 10) == [
        Letter(StoredKind.MEDIA, body_sha256(b"a picture"), 1)
    ]


def test_files_stay_looked_at_across_restarts(tmp_path: Path) -> None:
    seen = Source("ridge-1", "IMG_0001.JPG")
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox.keep(a_message(), None, seen)

    with Outbox(tmp_path / "outbox.db") as reopened:
        assert reopened.was_looked_at(seen)
        assert not reopened.was_looked_at(Source("ridge-2", "IMG_0001.JPG"))


def test_an_empty_outbox_has_no_oldest(outbox: Outbox) -> None:
    assert outbox.oldest_unsent_at() is None

    outbox.keep(a_message(), None)

    oldest_at = outbox.oldest_unsent_at()
    assert oldest_at is not None
    assert oldest_at.tzinfo is not None
