"""What a check can find wrong with a dataset, each kind with a stable code and its weight."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error falsifies training or its figures; a warning wants a look."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """One kind of fault."""

    MANIFEST_UNREADABLE = "manifest_unreadable"
    ROW_UNREADABLE = "row_unreadable"
    LISTED_TWICE = "listed_twice"
    PICTURE_MISSING = "picture_missing"
    PICTURE_BROKEN = "picture_broken"
    LABELS_MISSING = "labels_missing"
    LABELS_UNREADABLE = "labels_unreadable"
    LABEL_LINE = "label_line"
    CLASS_UNKNOWN = "class_unknown"
    BOX_OUTSIDE = "box_outside"
    BOX_EMPTY = "box_empty"
    BOX_TWICE = "box_twice"
    BOX_COUNT = "box_count"
    PARTIAL_UNMARKED = "partial_unmarked"
    PICTURE_UNLISTED = "picture_unlisted"
    LABELS_ORPHANED = "labels_orphaned"
    LABELS_SHARED = "labels_shared"
    SEQUENCE_LEAK = "sequence_leak"
    SITE_LEAK = "site_leak"
    NEAR_DUPLICATE = "near_duplicate"
    SAME_BYTES = "same_bytes"


_WARNINGS = frozenset(
    {Code.BOX_TWICE, Code.PARTIAL_UNMARKED, Code.PICTURE_UNLISTED, Code.SAME_BYTES}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: where it is (`line` where the file has lines) and what it is, in one sentence."""

    code: Code
    file: str
    message: str
    line: int | None = None

    @property
    def severity(self) -> Severity:
        """How much it matters; a matter of its code alone."""
        return Severity.WARNING if self.code in _WARNINGS else Severity.ERROR

    @property
    def where(self) -> str:
        """The file, and the line if there is one."""
        return self.file if self.line is None else f"{self.file}, line {self.line}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {"severity": self.severity, **asdict(self)}
