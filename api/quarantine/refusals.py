"""What the embedded broker turned away, brought to the quarantine."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from api.broker.access import station_of
from api.broker.gate import Refusal
from api.database import Database
from api.metrics import Metrics
from api.quarantine.rules import FloodGate, ReasonCode
from api.quarantine.store import NOBODY, count_more, keep
from api.sites.store import all_sites
from api.tables import Quarantined

_log = logging.getLogger(__name__)
_WRITE_EVERY_S = 1.0


class Refusals:
    """Collects refusals between two writes; a client that knocks for ever costs one row a write."""

    def __init__(
        self, database: Database, metrics: Metrics, *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._clock = clock
        self._flood = FloodGate()
        self._waiting: Counter[Refusal] = Counter()

    def note(self, refusal: Refusal) -> None:
        """Remember a refusal until the next write."""
        self._metrics.quarantined.labels(ReasonCode.NOT_ALLOWED).inc()
        is_new_kind = refusal not in self._waiting and len(self._waiting) >= 1_000
        self._waiting[Refusal("", refusal.action, "") if is_new_kind else refusal] += 1

    async def run(self) -> None:
        """Write once a second, until cancelled."""
        while True:
            await asyncio.sleep(_WRITE_EVERY_S)
            if not self._waiting:
                continue
            waiting, self._waiting = self._waiting, Counter()
            try:
                await self._write(waiting)
            except SQLAlchemyError as error:
                _log.warning("%s refusals could not be kept: %s", waiting.total(), error)

    async def _write(self, waiting: Counter[Refusal]) -> None:
        now = self._clock()
        async with self._database.transaction() as session:
            known = {site.id for site in await all_sites(session)}
            counts: Counter[tuple[str, str]] = Counter()
            rows = []
            for refusal, count in waiting.items():
                station = station_of(refusal.username)
                site_id = station.site_id if station and station.site_id in known else None
                counts[site_id or NOBODY, ReasonCode.NOT_ALLOWED] += count
                if self._flood.keeps(ReasonCode.NOT_ALLOWED, site_id or NOBODY, now):
                    rows.append(_row(refusal, count, site_id, now))
            await keep(session, rows)
            await count_more(session, counts)


def _row(refusal: Refusal, count: int, site_id: str | None, now: datetime) -> Quarantined:
    who = refusal.username[:100] or "a client without a name"
    return Quarantined(
        received_at=now,
        topic=refusal.topic,
        reason_code=ReasonCode.NOT_ALLOWED,
        reason=f"{who} may not {refusal.action} there ({count} times)",
        size_bytes=0,
        payload=b"",
        site_id=site_id,
    )
