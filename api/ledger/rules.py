"""How entries are chained, and how a chain that was touched gives itself away.

Each entry holds its words, the hash of the entry before it, and the hash of both. Whoever changes,
removes or moves an entry would have to write every later one anew; and whoever has noted the head
(number and hash) of the chain meanwhile would notice even that.

A chain cannot prove what is not in it: without a head that was noted elsewhere, nobody can tell a
ledger whose last entries were cut off, or which was rewritten as a whole, from an untouched one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

VERSION = 1


class Step(StrEnum):
    """What can happen to an alert, roughly in this order."""

    RAISED = "raised"
    GREW = "grew"
    PLANNED = "planned"  # whom to ring, for which occasion
    ESCALATED = "escalated"  # nobody answered in time
    SENT = "sent"
    PUT_OFF = "put_off"  # will be tried again
    FAILED = "failed"
    EXPIRED = "expired"  # too late, or overtaken, before it was sent
    RECEIVED = "received"
    SHOWN = "shown"
    OPENED = "opened"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be kept of one step. `facts` are JSON values; a time is a `datetime`.

    `at` is when it was noted, if that was before it is chained.
    """

    step: Step
    alert_id: str
    facts: Mapping[str, Any]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many entries it has, and the hash of the last."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


START = Head(0, "0" * 64)


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a site's chain. `body` is canonical JSON; hashes are 64 hex digits."""

    number: int
    alert_id: str
    body: str
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """The chain's end, if this entry is its last."""
        return Head(self.number, self.hash)


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold, and why."""

    number: int
    reason: str


def chained(site_id: str, head: Head, notes: Iterable[Note], now: datetime) -> list[Entry]:
    """Return the entries that follow the head, one per note."""
    entries: list[Entry] = []
    spelt_now = _spelt(now)  # once for all of them
    for note in notes:
        body = canonical(
            {
                "v": VERSION,
                "site": site_id,
                "number": head.number + 1,
                "at": note.at or spelt_now,
                "alert": note.alert_id,
                "step": note.step,
                "facts": note.facts,
            }
        )
        digest = hash_of(head.hash, body)
        entries.append(Entry(head.number + 1, note.alert_id, body, head.hash, digest))
        head = entries[-1].head
    return entries


def canonical(content: Mapping[str, Any]) -> str:
    """Return JSON in the one spelling that is hashed: sorted, without spaces, ASCII, UTC times."""
    return _ENCODER.encode(content)


def hash_of(previous: str, body: str) -> str:
    """Return the SHA-256 of an entry's words and of the hash before it, as hex digits."""
    return hashlib.sha256(f"{previous}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def break_at(site_id: str, head: Head, entry: Entry) -> Break | None:
    """Return why the entry does not follow the head of the site's chain, None if it does."""
    number = head.number + 1
    if entry.number != number:
        last = entry.number - 1
        which = f"entry {number} is" if last == number else f"entries {number} to {last} are"
        return Break(number, f"{which} missing")
    if hash_of(entry.previous, entry.body) != entry.hash:
        return Break(number, f"entry {number} was changed")
    said = _place_in(entry.body)
    if said is None or said.alert_id != entry.alert_id:
        return Break(number, f"entry {number} was changed")
    if (said.site_id, said.number) != (site_id, number):
        was = f"number {said.number} of {said.site_id}"
        return Break(number, f"entry {number} was moved there: it is {was}")
    if entry.previous != head.hash:
        return Break(number, f"entry {number} does not follow the one before: one was replaced")
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    site_id: object
    number: object
    alert_id: object


def _place_in(body: str) -> _Place | None:
    """Return where an entry's words say that it belongs; None if nobody wrote them here."""
    try:
        said = json.loads(body)
        return _Place(said["site"], said["number"], said["alert"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _spelt(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"a {type(value).__name__} cannot be part of the ledger")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=_spelt)
