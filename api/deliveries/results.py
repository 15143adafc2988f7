"""How sendings end: kept in the rows, and noted in the ledger of each site."""

import logging
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter

from sqlalchemy.ext.asyncio import AsyncSession

from api.deliveries import claims
from api.deliveries.claims import Job
from api.deliveries.rules import try_again_after_s
from api.ledger import notes
from api.ledger import store as ledger
from api.ledger.rules import Note, Step
from api.sites.store import lock_site
from mobile_push.push_message import Receipt, Sending

_log = logging.getLogger(__name__)


async def give_up_late(session: AsyncSession, now: datetime) -> None:
    """Expire what is too old to be sent."""
    for site_id in await claims.sites_with_late(session, now):
        await lock_site(session, site_id)
        late = sorted(await claims.expire(session, site_id, now))
        noted: list[Note] = []
        for alert_id, rows in groupby(late, itemgetter(0)):
            noted += notes.expired(alert_id, [row[1] for row in rows], "no news any more")
        await ledger.append(session, site_id, noted, now)


async def put_aside(session: AsyncSession, jobs: Sequence[Job], now: datetime) -> None:
    """Expire what the alert has overtaken."""
    for site_id, at_site in _by_site(jobs):
        await lock_site(session, site_id)
        noted: list[Note] = []
        for job in at_site:
            if await claims.mark_overtaken(session, job):
                noted += notes.expired(job.alert_id, [job.delivery_id], "overtaken")
        await ledger.append(session, site_id, noted, now)


async def record(
    session: AsyncSession, ended: Sequence[tuple[Job, Sending]], now: datetime
) -> None:
    """Keep how sendings ended. Safe to repeat."""
    sendings = {job.delivery_id: sending for job, sending in ended}
    for site_id, at_site in _by_site([job for job, _ in ended]):
        await lock_site(session, site_id)
        jobs = list(at_site)
        taken = [job for job in jobs if sendings[job.delivery_id].receipt is Receipt.SENT]
        newly_sent = await claims.mark_sent(session, taken, now)
        noted: list[Note] = []
        for job in jobs:
            sending = sendings[job.delivery_id]
            if sending.receipt is Receipt.SENT:
                step = Step.SENT if job.delivery_id in newly_sent else None
            else:
                step = await _keep_failure(session, job, sending, now)
            if step is not None:
                noted.append(notes.sending_ended(step, job, sending.detail))
        await ledger.append(session, site_id, noted, now)


async def _keep_failure(
    session: AsyncSession, job: Job, sending: Sending, now: datetime
) -> Step | None:
    """Keep how one sending failed; return what that means, None if it means nothing any more."""
    match sending.receipt:
        case Receipt.TRY_AGAIN:
            wait_s = try_again_after_s(job.attempts, random.random(), sending.retry_after_s)
            due_at = now + timedelta(seconds=wait_s)
            is_new = await claims.mark_for_later(session, job, due_at, sending.detail)
            step = Step.PUT_OFF
        case Receipt.GONE:
            if await claims.mark_gone(session, job, now):
                _log.info("phone %s is gone: %s", job.phone_id, sending.detail)
            is_new = await claims.mark_failed(session, job, f"gone: {sending.detail}")
            step = Step.FAILED
        case _:
            _log.warning("delivery %s was refused: %s", job.delivery_id, sending.detail)
            is_new = await claims.mark_failed(session, job, f"refused: {sending.detail}")
            step = Step.FAILED
    return step if is_new else None


def _by_site(jobs: Sequence[Job]) -> Iterable[tuple[str, Iterable[Job]]]:
    # In one order, everywhere: two dispatchers, or one and a link, cannot wait for each other.
    site = attrgetter("site_id")
    return groupby(sorted(jobs, key=site), site)
