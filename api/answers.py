"""What a database answers, without what SQLAlchemy wraps around it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.exc import NoResultFound


class Answer(list[Any]):
    """The rows, each a tuple of columns with names; `rowcount`: how many were found or changed."""

    def __init__(self, rows: Iterable[Any] = (), rowcount: int = -1) -> None:
        super().__init__(rows)
        self.rowcount = rowcount

    def scalars(self) -> list[Any]:
        """Return the first column of each row."""
        return [row[0] for row in self]

    def first(self) -> Any | None:
        """Return the first row, None if there is none."""
        return self[0] if self else None

    def one(self) -> Any:
        """Return the row that must be there.

        Raises:
            NoResultFound: it is not.
        """
        if not self:
            raise NoResultFound("there is no such row, and there must be one")
        return self[0]
