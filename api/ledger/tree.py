"""A Merkle tree over a chain's hashes (RFC 6962): a few hashes prove that an entry is in it.

The chain alone proves that only together with every entry in between, which are other alerts'. The
tree proves one alert's entries and tells nothing of the others.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


def _leaf(digest: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(digest)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class GrowingTree:
    """The root over all hashes so far, in memory for a few dozen however long the chain is."""

    size: int = 0
    _peaks: list[tuple[int, bytes]] = field(default_factory=list)  # height, hash; highest first

    def add(self, digest: str) -> None:
        """Add the hash (64 hex digits) of the next entry."""
        height, node = 0, _leaf(digest)
        while self._peaks and self._peaks[-1][0] == height:
            _, left = self._peaks.pop()
            height, node = height + 1, _node(left, node)
        self._peaks.append((height, node))
        self.size += 1

    @property
    def root(self) -> str:
        """The root as 64 hex digits; of no entries, the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        *others, (_, node) = self._peaks
        for _, left in reversed(others):
            node = _node(left, node)
        return node.hex()


def root_of(digests: Iterable[str]) -> str:
    """Return the root over these hashes."""
    tree = GrowingTree()
    for digest in digests:
        tree.add(digest)
    return tree.root


def paths_to(places: Iterable[int], digests: Sequence[str]) -> dict[int, list[str]]:
    """Return for each place (from 0) the hashes that lead from it to the root, nearest first."""
    wanted = sorted(set(places))
    found: dict[int, list[str]] = {place: [] for place in wanted}
    level = {place: place for place in wanted}  # where each one's branch is on this level
    nodes = [_leaf(digest) for digest in digests]
    while len(nodes) > 1:
        for place, at in level.items():
            beside = at ^ 1
            if beside < len(nodes):  # the last one of an odd level has nobody beside it
                found[place].append(nodes[beside].hex())
            level[place] = at // 2
        pairs = [_node(*nodes[at : at + 2]) for at in range(0, len(nodes) - 1, 2)]
        nodes = pairs if len(nodes) % 2 == 0 else [*pairs, nodes[-1]]
    return found


def root_through(place: int, size: int, digest: str, path: Sequence[str]) -> str | None:
    """Return the root that a path leads to from a hash at a place of `size`; None if it cannot."""
    if not 0 <= place < size:
        return None
    node, rest = _leaf(digest), list(path)
    at, last = place, size - 1
    while last > 0:
        if at < last or at % 2 == 1:
            if not rest:
                return None
            beside = bytes.fromhex(rest.pop(0))
            node = _node(beside, node) if at % 2 == 1 else _node(node, beside)
        at, last = at // 2, last // 2
    return node.hex() if not rest else None
