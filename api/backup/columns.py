"""Rows as JSON lines that both databases read alike, whatever their own types are."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from api.database import Base, Moment

# The name of a kind of column in a backup, and the type that writes it back.
KINDS: Final[dict[str, TypeEngine[Any]]] = {
    "moment": Moment(),
    "json": sa.JSON(),
    "bytes": sa.LargeBinary(),
    "yes or no": sa.Boolean(),
    "whole": sa.BigInteger(),
    "number": sa.Float(),
    "text": sa.Text(),
}


def kind_of(column: sa.Column[Any]) -> str:
    """Return the kind of a column of ours.

    Raises:
        TypeError: nobody has said how such a column is kept.
    """
    kinds: tuple[tuple[type[Any], str], ...] = (
        (Moment, "moment"),
        (sa.JSON, "json"),
        (sa.LargeBinary, "bytes"),
        (sa.Boolean, "yes or no"),
        (sa.Integer, "whole"),
        (sa.Float, "number"),
        (sa.String, "text"),
    )
    for known, kind in kinds:
        if isinstance(column.type, known):
            return kind
    raise TypeError(f"nobody knows how to back up {column.table.name}.{column.name}")


def tables() -> Sequence[sa.Table]:
    """Return our tables; each one stands after those that it refers to."""
    return Base.metadata.sorted_tables


def line_of(row: Sequence[Any], kinds: Sequence[str]) -> str:
    """Return one row as a line of JSON."""
    return json.dumps([_spelt(value, kind) for value, kind in zip(row, kinds, strict=True)])


def row_of(line: str, columns: Mapping[str, str]) -> dict[str, Any]:
    """Read one row; `columns` are names and kinds in the order of the line.

    Raises:
        ValueError: the line is no row of these columns.
    """
    values = json.loads(line)
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueError("a row with other columns than its table")
    return {
        name: _read(value, kind)
        for value, (name, kind) in zip(values, columns.items(), strict=True)
    }


def table_of(name: str, columns: Mapping[str, str]) -> sa.TableClause:
    """Return a table to write rows into, whatever its shape in today's code is."""
    return sa.table(name, *(sa.column(each, KINDS[kind]) for each, kind in columns.items()))


def _spelt(value: Any, kind: str) -> Any:
    if value is None or kind not in ("moment", "bytes"):
        return value
    return value.isoformat() if kind == "moment" else base64.b64encode(value).decode()


def _read(value: Any, kind: str) -> Any:
    if value is None or kind not in ("moment", "bytes"):
        return value
    if kind == "moment":
        return datetime.fromisoformat(value)
    return base64.b64decode(value, validate=True)
