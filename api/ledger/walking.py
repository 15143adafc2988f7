"""Walking a chain from its first entry: does it hold, and is it what was noted and signed?"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import InvalidError
from api.ledger import store
from api.ledger.rules import START, Break, Entry, Head, break_at
from api.ledger.signer import SIGNATURES_FILE, signatures_of
from api.ledger.signing import (
    SECRET_FILE,
    LedgerKey,
    SignedHead,
    read_key,
    read_signatures,
    unlike,
)
from api.ledger.tree import GrowingTree


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a site's chain holds, where it ends as far as it does, and how far it is signed."""

    site_id: str
    head: Head
    broken: Break | None
    signed: SignedHead | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a chain is held against: public keys that count, signatures kept outside of it."""

    keys: frozenset[str] = frozenset()
    signatures: tuple[SignedHead, ...] = ()

    @classmethod
    def by(cls, data_dir: Path, keys: Iterable[str] = (), files: Iterable[Path] = ()) -> "Trusted":
        """Gather the server's own key and signatures, and those that somebody has kept.

        Raises:
            InvalidError: a key or a file of signatures cannot be read.
            SetUpError: the server's own key cannot.
        """
        known = {read_key(key) for key in keys}
        if (data_dir / SECRET_FILE).exists():
            known.add(LedgerKey.load_or_create(data_dir).public)
        own = data_dir / SIGNATURES_FILE
        found: list[SignedHead] = []
        for path in (*([own] if own.exists() else []), *files):
            try:
                lines = path.read_text().splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidError(f"{path} cannot be read: {error}") from error
            found += read_signatures(lines, str(path))
        return cls(frozenset(known), tuple(found))


@dataclass(slots=True)
class Walk:
    """How far a walk along one site's chain has come."""

    site_id: str
    noted: Head | None
    trusted: Trusted
    waiting: deque[SignedHead]  # by number
    head: Head = START
    hashes: list[str] = field(default_factory=list)
    signed: SignedHead | None = None
    _tree: GrowingTree = field(default_factory=GrowingTree)
    _is_met: bool = False

    def step(self, entry: Entry) -> Break | None:
        """Take one entry; return why the chain does not hold there."""
        broken = break_at(self.site_id, self.head, entry)
        if broken is not None:
            return broken
        self.head = entry.head
        self.hashes.append(entry.hash)
        self._tree.add(entry.hash)
        self._is_met = self._is_met or self.head == self.noted
        while broken is None and self.waiting and self.waiting[0].number <= self.head.number:
            broken = self._compare(self.waiting.popleft())
        return broken

    def end(self) -> Break | None:
        """Return why the chain should have gone on, or been another."""
        if self.waiting:
            return _cut_off(self.head, self.waiting[-1].head)
        if self.noted is None or self.noted == START or self._is_met:
            return None
        if self.noted.number > self.head.number:
            return _cut_off(self.head, self.noted)
        return Break(self.noted.number, f"entry {self.noted.number} is not the one that was noted")

    def _compare(self, signed: SignedHead) -> Break | None:
        if signed.key not in self.trusted.keys:
            return Break(
                signed.number,
                f"the signature up to entry {signed.number} was made with an unknown key "
                f"{signed.key[:16]}…; if it was the server's once, say so with --key",
            )
        if not signed.is_genuine:
            return Break(
                signed.number, f"the signature up to entry {signed.number} is forged or damaged"
            )
        self.signed = signed
        return unlike(signed, self.head, self._tree.root)


async def walk(
    session: AsyncSession, site_id: str, noted: Head | None, trusted: Trusted
) -> tuple[Verdict, list[str]]:
    """Walk a site's chain; return whether it holds, and the hashes of its entries as far as so."""
    known = [each for each in trusted.signatures if each.site == site_id]
    # A number that is none of ours sorts first, and is then no chain's.
    signatures = sorted([*known, *await signatures_of(session, site_id)], key=lambda s: s.number)
    found = Walk(site_id, noted, trusted, deque(signatures))
    broken = None
    async for entry in store.chain(session, site_id):
        broken = found.step(entry)
        if broken is not None:
            break
    broken = broken or found.end()
    return Verdict(site_id, found.head, broken, found.signed), found.hashes


def _cut_off(head: Head, known: Head) -> Break:
    first = head.number + 1
    return Break(first, f"entries {first} to {known.number} were cut off")
