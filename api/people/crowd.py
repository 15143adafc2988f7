"""Who shares which cell, held in memory: a herd's question is answered without reading thousands.

A process reads what was shared since it last looked: the numbers in `cell_sharings` say whether
anything was. What runs out, it knows by itself. Whom somebody withdrew it does not notice, so
before anybody is rung the database has the last word.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from api.people.nearby import cells_near
from api.people.tables import CellSharings, SharedCell
from api.position import Position
from api.questions import ask

PAGE = 500  # so that nothing else waits long for the first look at a hundred thousand
OLDEST = timedelta(
    hours=1
)  # then it is read anew: who ran out or withdrew is gone from memory, too


_COUNTED = select(CellSharings.site_id, CellSharings.newest)


class Crowd:
    """Those who share a cell, of all sites. Each process has its own."""

    def __init__(self) -> None:
        self._sites: dict[str, _AtSite] = {}

    async def catch_up(self, session: AsyncSession, now: datetime) -> None:
        """Read what was shared since the last time."""
        for site_id, newest in await ask(session, _COUNTED):
            known = self._sites.get(site_id)
            if known is None or abs(now - known.begun_at) > OLDEST:
                known = self._sites[site_id] = _AtSite(now)
            while known.last[0] < newest:
                if not await _read_page(session, site_id, known):
                    known.last = (newest, 0)

    def sites(self) -> Iterable[str]:
        """Return where anybody shares a cell, or did a while ago."""
        return sorted(site_id for site_id, there in self._sites.items() if there.cells)

    def near(self, site_id: str, position: Position, now: datetime) -> frozenset[int]:
        """Return who shares a cell near a place, as far as is known."""
        there, moment = self._sites[site_id], now.timestamp()
        return frozenset().union(*(there.people_in(cell, moment) for cell in cells_near(position)))

    def forget(self, site_id: str, people: Iterable[int]) -> None:
        """Forget people who, as the database says, share no cell there any more."""
        for person_id in people:
            self._sites[site_id].remove(person_id)


class _AtSite:
    """The people of a site by cell, with the POSIX time until which they share it."""

    def __init__(self, begun_at: datetime) -> None:
        self.begun_at = begun_at
        self.cells: dict[str, dict[int, float]] = {}
        self.last = (-1, 0)  # number and person of the last row that was read
        self._cell_of: dict[int, str] = {}
        self._answers: dict[str, tuple[float, float, frozenset[int]]] = {}

    def people_in(self, cell: str, moment: float) -> frozenset[int]:
        """Return who shares the cell then; the answer holds until somebody runs out or moves."""
        since, until, people = self._answers.get(cell, (moment, moment, frozenset[int]()))
        if not since <= moment < until:
            there = {one: end for one, end in self.cells.get(cell, {}).items() if end > moment}
            people, until = frozenset(there), min(there.values(), default=math.inf)
            self._answers[cell] = (moment, until, people)
        return people

    def put(self, person_id: int, cell: str, until: float) -> None:
        self.remove(person_id)
        self._cell_of[person_id] = cell
        self._answers.pop(cell, None)
        self.cells.setdefault(cell, {})[person_id] = until

    def remove(self, person_id: int) -> None:
        cell = self._cell_of.pop(person_id, None)
        if cell is not None:
            self._answers.pop(cell, None)
            del self.cells[cell][person_id]
            if not self.cells[cell]:
                del self.cells[cell]


async def _read_page(session: AsyncSession, site_id: str, known: _AtSite) -> bool:
    """Read some more of the site; return whether there was any."""
    wanted = (
        select(SharedCell.number, SharedCell.person_id, SharedCell.cell, SharedCell.expires_at)
        .where(
            SharedCell.site_id == site_id,
            tuple_(SharedCell.number, SharedCell.person_id) > tuple_(*known.last),
        )
        .order_by(SharedCell.number, SharedCell.person_id)
        .limit(PAGE)
    )
    rows = (await session.execute(wanted)).all()
    for number, person_id, cell, expires_at in rows:
        known.put(person_id, cell, expires_at.timestamp())
        known.last = (number, person_id)
    return bool(rows)
