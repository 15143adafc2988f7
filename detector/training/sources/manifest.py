"""The rows of a `manifest.csv`, read one by one: a bad row is a finding and stops nothing."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from detector.detection import Lighting
from detector.training.dataset import MANIFEST
from detector.training.sources.findings import Code, Finding

COLUMNS = (
    *("file", "split", "lighting", "partial", "n_boxes", "sequence_id", "site", "origin"),
    *("source_repo", "licence", "species", "night_kind", "is_grey", "label_by", "note"),
)
"""The columns we write, in this order."""


def _none_if_empty(cell: object) -> object:
    return None if cell == "" else cell


Count = Annotated[int, Field(ge=0)]


class ManifestRow(BaseModel):
    """One picture of a dataset folder. `file` is relative to the folder; `partial` is 0 or 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: Annotated[str, Field(min_length=1)]
    split: Annotated[str, Field(min_length=1)]
    lighting: Lighting
    partial: Literal["0", "1"]
    sequence_id: str
    source_repo: str
    licence: str
    n_boxes: Annotated[Count | None, BeforeValidator(_none_if_empty)] = None
    site: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row that could be read, its line, and all its cells (unknown columns included)."""

    line: int
    row: ManifestRow
    cells: Mapping[str, str]


def read_manifest(folder: Path) -> tuple[list[ListedRow], list[Finding]]:
    """Read the rows of `folder`'s manifest, and say what is wrong with the others."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "no reason") if isinstance(error, OSError) else "no UTF-8 text"
        return [], [Finding(Code.MANIFEST_UNREADABLE, str(path), f"cannot be read: {reason}")]
    return _split(_rows(text, str(path)))


def write_manifest(folder: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write the rows; a column that only some of them have is left empty in the others."""
    kept = list(rows)
    extra = sorted({name for cells in kept for name in cells} - set(COLUMNS))
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, (*COLUMNS, *extra), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def _needed_columns() -> list[str]:
    return [name for name, field in ManifestRow.model_fields.items() if field.is_required()]


def _rows(text: str, file: str) -> Iterator[ListedRow | Finding]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in _needed_columns() if name not in (reader.fieldnames or ())]
        if missing:
            problem = f"no column {', '.join(missing)}"
            yield Finding(Code.MANIFEST_UNREADABLE, file, problem, 1)
            return
        numbered = ((reader.line_num, cells) for cells in reader)
        yield from _read_rows(numbered, file)
    except csv.Error as error:
        problem = f"is no CSV from here on: {error}"
        yield Finding(Code.MANIFEST_UNREADABLE, file, problem, reader.reader.line_num)


def _read_rows(
    numbered: Iterable[tuple[int, dict[str, str]]], file: str
) -> Iterator[ListedRow | Finding]:
    seen: dict[str, int] = {}
    for line, cells in numbered:
        if None in cells or None in cells.values():
            problem = "has more or fewer cells than the first line"
            yield Finding(Code.ROW_UNREADABLE, file, problem, line)
            continue
        try:
            row = ManifestRow.model_validate(cells)
        except ValidationError as error:
            yield Finding(Code.ROW_UNREADABLE, file, describe_fault(error), line)
            continue
        before = seen.setdefault(row.file, line)
        if before != line:
            problem = f"{row.file} is already listed in line {before}"
            yield Finding(Code.LISTED_TWICE, file, problem, line)
            continue
        yield ListedRow(line, row, dict(cells))


def describe_fault(error: ValidationError) -> str:
    """Say in one sentence what the first fault of an unreadable record is."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(map(str, fault["loc"])) or "the record"
    shown = repr(fault["input"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {fault['msg']}, not {shown[:60]}{more}"


def _split(
    read: Iterable[ListedRow | Finding],
) -> tuple[list[ListedRow], list[Finding]]:
    rows: list[ListedRow] = []
    findings: list[Finding] = []
    for one in read:
        if isinstance(one, Finding):
            findings.append(one)
        else:
            rows.append(one)
    return rows, findings


def splits_of(rows: Sequence[ListedRow]) -> list[str]:
    """Return the parts that a dataset is divided into, in order of appearance."""
    return list(dict.fromkeys(listed.row.split for listed in rows))
