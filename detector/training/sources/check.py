"""Checks dataset folders together: every picture, every row, every leak."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

from detector.training.sources.examining import Examined, examine
from detector.training.sources.findings import Finding, Severity
from detector.training.sources.leaks import find_leaks
from detector.training.sources.listing import Listing, find_strays
from detector.training.sources.manifest import ListedRow

Group = tuple[str, str]
"""A split and a lighting."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found, and what it looked at: `groups` counts pictures, `labels` boxes."""

    folders: tuple[str, ...]
    findings: tuple[Finding, ...]
    groups: dict[Group, Counter[str]]
    pictures: int
    took_s: float

    @property
    def errors(self) -> list[Finding]:
        """The findings that make the datasets unfit for use."""
        return [one for one in self.findings if one.severity is Severity.ERROR]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as JSON values."""
        return {
            "folders": list(self.folders),
            "pictures": self.pictures,
            "took_s": round(self.took_s, 1),
            "errors": len(self.errors),
            "warnings": len(self.findings) - len(self.errors),
            "counts": dict(Counter(one.code.value for one in self.findings)),
            "groups": [
                {"split": split, "lighting": lighting, **counted}
                for (split, lighting), counted in sorted(self.groups.items())
            ],
            "findings": [one.as_json() for one in self.findings],
        }


def check(
    listings: Sequence[Listing],
    *,
    threads: int | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> Verdict:
    """Check folders that were listed. Leaks are looked for across all of them."""
    start = time.monotonic()
    pictures = examine_all(listings, threads=threads, on_picture=on_picture)
    findings = chain(
        *(listing.findings for listing in listings),
        *(find_strays(listing) for listing in listings),
        *(one.findings for one in pictures),
        find_leaks(pictures),
    )
    return Verdict(
        folders=tuple(str(listing.folder) for listing in listings),
        findings=tuple(findings),
        groups=count_groups(pictures),
        pictures=len(pictures),
        took_s=time.monotonic() - start,
    )


def examine_all(
    listings: Sequence[Listing],
    *,
    threads: int | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> list[Examined]:
    """Look at every listed picture, in the manifests' order; decoding runs in `threads`."""
    rows = [(listing, row) for listing in listings for row in listing.rows]

    def look(one: tuple[Listing, ListedRow]) -> Examined:
        examined = examine(*one)
        on_picture()
        return examined

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(look, rows))


def count_groups(pictures: Sequence[Examined]) -> dict[Group, Counter[str]]:
    """Count pictures and boxes by split and lighting: `pictures`, `empty`, and each label."""
    groups: dict[Group, Counter[str]] = {}
    for one in pictures:
        row = one.listed.row
        counted = groups.setdefault((row.split, row.lighting.value), Counter())
        counted["pictures"] += 1
        counted["empty"] += not one.boxes
        counted.update(f"{label} boxes" for label in one.labels)
    return groups
