"""How questions, and the values of columns, are spelt for a database's driver.

The same as SQLAlchemy does it at each asking, but found out once.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg.types.json import Json
from sqlalchemy import ClauseElement, Dialect, Float
from sqlalchemy.types import TypeEngine

from api.answers import Answer

Spell = Callable[[Any], Any]


class Spelt:
    """A question in the words of one kind of database."""

    def __init__(self, question: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = question.compile(dialect=dialect)
        unknown = [name for bind, name in compiled.bind_names.items() if bind.required]
        state = compiled.construct_expanded_state(dict.fromkeys(unknown))
        self.words: str = state.statement
        self._known = state.parameters
        self._spell = dict(state.processors)
        for bind, name in compiled.bind_names.items():
            spell = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if spell is not None and name in self._known:
                self._spell[name] = spell
        self._order: Sequence[str] | None = state.positiontup
        columns = question.exported_columns  # type: ignore[attr-defined]
        self._row: Any = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc]  # noqa: PYI024
        reads = (_reading(column.type, dialect) for column in columns)
        self._read = [(place, read) for place, read in enumerate(reads) if read is not None]

    def values(self, given: Mapping[str, Any]) -> Any:
        """Return the values to ask with, as the driver takes them."""
        values = self._known | given
        for name, spell in self._spell.items():
            values[name] = spell(values[name])
        return values if self._order is None else tuple(values[name] for name in self._order)

    def answer(self, rows: Iterable[tuple[Any, ...]], rowcount: int) -> Answer:
        """Return what the driver's rows say."""
        if not self._read:
            return Answer(map(self._row._make, rows), rowcount)
        return Answer(map(self._read_row, rows), rowcount)

    def _read_row(self, row: tuple[Any, ...]) -> Any:
        said = list(row)
        for place, read in self._read:
            said[place] = read(said[place])
        return self._row._make(said)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Spell | None:
    """Return how a column's values come from the driver, None if they do as they are meant."""
    if isinstance(kind, Float):  # both drivers tell them as such
        return None
    read: Spell | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return read


@lru_cache(maxsize=512)
def spelt(question: ClauseElement, dialect: Dialect) -> Spelt:
    """Return how a question is spelt; those who ask keep the questions they ask."""
    return Spelt(question, dialect)


def array_of(values: Iterable[Any]) -> str:
    """Return many values as PostgreSQL writes an array: the driver takes longer to say them."""
    return f"{{{','.join(map(_in_array, values))}}}"


def _in_array(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, Json):
        return _in_array(json.dumps(value.obj))
    raise TypeError(f"nobody knows how to write {value!r} in an array")
