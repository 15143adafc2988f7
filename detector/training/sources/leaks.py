"""Leaks between splits: what is measured must not have been seen in training."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from detector.training.dataset import MANIFEST
from detector.training.sources.examining import Examined
from detector.training.sources.findings import Code, Finding
from detector.training.sources.likeness import look_alikes


def find_leaks(pictures: Sequence[Examined]) -> list[Finding]:
    """Find sequences, sites and look-alikes that lie in more than one split."""
    return [
        *_spread(pictures, Code.SEQUENCE_LEAK, "sequence", lambda one: one.listed.row.sequence_id),
        *_spread(pictures, Code.SITE_LEAK, "site", lambda one: one.listed.row.site),
        *_copies(pictures),
        *_look_alikes(pictures),
    ]


def _spread(
    pictures: Sequence[Examined], code: Code, what: str, key: Callable[[Examined], str]
) -> list[Finding]:
    """One finding per group that lies in several splits. Names count within their folder."""
    first_of: dict[tuple[str, str], dict[str, Examined]] = defaultdict(dict)
    for one in pictures:
        if key(one):
            by_split = first_of[str(one.folder), key(one)]
            by_split.setdefault(one.listed.row.split, one)
    findings = []
    for (folder, name), by_split in first_of.items():
        if len(by_split) > 1:
            shown = ", ".join(f"{s} ({one.listed.row.file})" for s, one in by_split.items())
            line = max(one.listed.line for one in by_split.values())
            problem = f"{what} {name} lies in {shown}"
            findings.append(Finding(code, f"{folder}/{MANIFEST}", problem, line))
    return findings


def _copies(pictures: Sequence[Examined]) -> list[Finding]:
    """Warn of files with the same bytes in one split; across splits the look-alikes tell."""
    first_of: dict[tuple[str, str], Examined] = {}
    findings = []
    for one in pictures:
        if not one.sha256:
            continue
        first = first_of.setdefault((one.sha256, one.listed.row.split), one)
        if first is not one:
            problem = f"has the same bytes as {first.path}: it counts twice"
            findings.append(Finding(Code.SAME_BYTES, str(one.path), problem))
    return findings


def _look_alikes(pictures: Sequence[Examined]) -> list[Finding]:
    seen = [(one, one.thumbnail) for one in pictures if one.thumbnail is not None]
    identical = _identical(pictures)
    alike = look_alikes([small for _, small in seen], [one.listed.row.split for one, _ in seen])
    for pair in alike:
        first, second = seen[pair.first][0], seen[pair.second][0]
        if first.sha256 != second.sha256:  # else it is named already
            how = "mirrored, it looks" if pair.mirrored else "looks"
            problem = f"{how} like {_shown(second)} ({pair.likeness:.2f})"
            identical.append(_near(first, problem))
    return identical


def _identical(pictures: Sequence[Examined]) -> list[Finding]:
    """Same bytes in two splits, however dark or flat the picture is."""
    first_of: dict[str, Examined] = {}
    findings = []
    for one in pictures:
        if not one.sha256:
            continue
        first = first_of.setdefault(one.sha256, one)
        if first.listed.row.split != one.listed.row.split:
            findings.append(_near(one, f"has the same bytes as {_shown(first)}"))
    return findings


def _near(one: Examined, problem: str) -> Finding:
    said = f"is in {one.listed.row.split} and {problem}"
    return Finding(Code.NEAR_DUPLICATE, str(one.path), said)


def _shown(one: Examined) -> str:
    return f"{one.path} in {one.listed.row.split}"
