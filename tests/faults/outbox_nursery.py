"""Raises processes that write to one outbox, kills each at a random instant, and keeps the books.

A program of its own: it imports once and then forks, so that two hundred lives take seconds, and so
that nothing is forked from a test run with its threads. Prints one JSON object.

    python -m tests.faults.outbox_nursery OUTBOX KILLS SEED
"""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage, StoredItem, StoredKind, read_message
from edge_agent.outbox import Letter, Outbox
from tests.edge_agent.builders import a_message

KEEPING, KEPT, FORGETTING = "keeping", "kept", "forgetting"
MOST_WORDS = 6
LONGEST_MOMENT_S = 0.02

Say = Callable[[str, object], None]


def live(path: Path, say: Say, random_: random.Random) -> None:
    """Keep sightings and forget some, for ever; say each before or after it is done."""
    with Outbox(path) as outbox:
        while True:
            message = a_message(id=uuid7())
            say(KEEPING, message.id)
            outbox.keep(message, random_.randbytes(2_000))
            say(KEPT, message.id)
            if random_.random() < 0.5:
                outbox.keep(message.model_copy(update={"revision": 2}), None)
            if random_.random() < 0.3:
                say(FORGETTING, message.id)
                item = StoredItem(kind=StoredKind.DETECTION, id=str(message.id), revision=2)
                outbox.forget([item])


def killed_life(path: Path, random_: random.Random) -> list[tuple[str, str]]:
    """Raise one process, kill it at a random instant; return what it had said until then."""
    reading, writing = os.pipe()
    seed = random_.random()
    child = os.fork()
    if child == 0:
        live(path, lambda word, id_: _write(writing, f"{word} {id_}\n"), random.Random(seed))
    os.close(writing)
    with os.fdopen(reading) as saying:
        # Some words, then a moment: so a slow disk is killed in the middle of its work, too.
        said = [saying.readline() for _ in range(random_.randrange(MOST_WORDS))]
        time.sleep(random_.uniform(0, LONGEST_MOMENT_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += saying.readlines()
    return [(word, id_) for word, id_ in (line.split() for line in said)]


def waiting(path: Path, ids: set[str]) -> set[str]:
    """Return those of the ids that can be read whole from the outbox, at any revision."""
    with Outbox(path) as outbox:
        letters = [Letter(StoredKind.DETECTION, id_, n) for id_ in ids for n in (1, 2)]
        bodies = (outbox.body(letter) for letter in letters)
        return {str(read_message(DetectionMessage, body).id) for body in bodies if body is not None}


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    database = sqlite3.connect(path)
    (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    return bool(answer == "ok")


def _write(pipe: int, line: str) -> None:
    os.write(pipe, line.encode())  # unbuffered: what was said before the kill is heard after it


def main(path: Path, kills: int, seed: int) -> None:
    random_ = random.Random(seed)
    said: dict[str, set[str]] = {KEEPING: set(), KEPT: set(), FORGETTING: set()}
    unsound = 0
    for _ in range(kills):
        for word, id_ in killed_life(path, random_):
            said[word].add(id_)
        unsound += not is_sound(path)
    there = waiting(path, said[KEEPING])
    with Outbox(path) as outbox:
        left = len(outbox.waiting(StoredKind.DETECTION, limit=1_000_000))
    figures = {
        "kills": kills,
        "kept": len(said[KEPT]),
        "forgotten": len(said[FORGETTING]),
        "in_the_middle": len(said[KEEPING] - said[KEPT]),
        "lost": len(said[KEPT] - said[FORGETTING] - there),
        "strange": left - len(there),
        "unsound": unsound,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
