"""`dataset.toml`: what a dataset is, where it comes from, its licence and how to fetch it.

The pictures themselves never enter the repository; whoever wants them follows the card.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detector.training.dataset import label_path
from detector.training.sources.importing import UNSTATED
from detector.training.sources.label_file import read_label_file
from detector.training.sources.listing import Listing
from detector.training.sources.manifest import ListedRow

CARD_FILE = "dataset.toml"
BY_HAND = ("what", "url", "fetch", "note")
_HEAD = """\
# Where pictures come from; the pictures themselves are never part of this repository.
# `what`, `url`, `fetch` and `note` are written by hand and kept; the rest is counted by
# `trunkline-detector dataset describe`.
"""


class CardError(ValueError):
    """A card that exists but cannot be read: it is not overwritten."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One listed picture, as far as a card counts it."""

    row: ListedRow
    labels: tuple[str, ...]


def count(listing: Listing, *, on_picture: Callable[[], object] = lambda: None) -> list[Counted]:
    """Read the labels of every listed picture. Lines that are no boxes do not count."""
    counted = []
    for listed in listing.rows:
        boxes, _ = read_label_file(label_path(listing.path_of(listed)), len(listing.class_names))
        labels = tuple(listing.class_names[box.class_index] for box in boxes)
        counted.append(Counted(listed, labels))
        on_picture()
    return counted


def by_source(pictures: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Group pictures by the source that the manifest names, the largest first."""
    groups: dict[str, list[Counted]] = {}
    for one in pictures:
        groups.setdefault(one.row.row.source_repo or UNSTATED, []).append(one)
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))


def write_card(path: Path, name: str, pictures: Sequence[Counted], *, today: date) -> None:
    """Write or update a card. Raises CardError if there is one that is no TOML."""
    kept = read_by_hand(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(format_card(name, pictures, kept, today=today), encoding="utf-8")


def read_by_hand(path: Path) -> dict[str, str]:
    """Return what people wrote into a card; empty strings where there is none yet."""
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CardError(f"{path} cannot be read, and is left as it is: {error}") from error
    return {key: str(card.get(key, "")) for key in BY_HAND}


def format_card(
    name: str, pictures: Sequence[Counted], by_hand: dict[str, str], *, today: date
) -> str:
    """Return the text of a card."""
    sources = by_source(pictures)
    lines = [_HEAD, f"name = {_text(name)}"]
    lines += [f"{key} = {_text(by_hand[key])}" for key in BY_HAND]
    lines += [f"licences = {_texts(_licences(pictures))}"]
    lines += [f"label_by = {_texts(_commonest(pictures, 'label_by'))}"]
    lines += [f'described_on = "{today}"', ""]
    lines += ["[counts]", *_counts(pictures), ""]
    for group, members in sorted(_groups(pictures).items()):
        lines += ["[[group]]", f"split = {_text(group[0])}", f'lighting = "{group[1]}"']
        lines += [*_counts(members), ""]
    for source, members in sources.items() if len(sources) > 1 else ():
        lines += ["[[source]]", f"name = {_text(source)}"]
        lines += [f"licences = {_texts(_licences(members))}", f"pictures = {len(members)}", ""]
    return "\n".join(lines)


def slug(source: str) -> str:
    """Return a folder's name for a source: `Owner/Some_Repo (old)` is `owner-some-repo-old`."""
    return re.sub(r"[^a-z0-9.]+", "-", source.lower()).strip("-.") or "unnamed"


def _groups(pictures: Iterable[Counted]) -> dict[tuple[str, str], list[Counted]]:
    groups: dict[tuple[str, str], list[Counted]] = {}
    for one in pictures:
        groups.setdefault((one.row.row.split, one.row.row.lighting.value), []).append(one)
    return groups


def _counts(pictures: Sequence[Counted]) -> list[str]:
    labels = Counter(label for one in pictures for label in one.labels)
    boxes = ", ".join(f"{_key(label)} = {labels[label]}" for label in sorted(labels))
    return [
        f"pictures = {len(pictures)}",
        f"empty = {sum(not one.labels for one in pictures)}",
        f"sequences = {len({one.row.row.sequence_id or one.row.row.file for one in pictures})}",
        f"boxes = {{{f' {boxes} ' if boxes else ''}}}",
    ]


def _licences(pictures: Iterable[Counted]) -> list[str]:
    return _commonest(pictures, "licence") or [UNSTATED]


def _commonest(pictures: Iterable[Counted], column: str) -> list[str]:
    """Return what stands in a column, the commonest first."""
    counted = Counter(one.row.cells.get(column) or UNSTATED for one in pictures)
    return [value for value, _ in counted.most_common()]


def _key(label: str) -> str:
    return label if re.fullmatch(r"[A-Za-z0-9_-]+", label) else _text(label)


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    """Write a TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
