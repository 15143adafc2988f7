"""The dispatcher: takes due deliveries, sends them through their channels, keeps the receipts.

Any number of them may run. Each delivery is claimed before it is sent and recorded after, so one
that is killed in between loses nothing: the claim ends and the phone is rung by another.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.database import Database
from api.deliveries import claims, insisting, near_me, results
from api.deliveries.claims import Job
from api.deliveries.reach import EVERYBODY, Reach
from api.deliveries.rules import ALARMS, delivery_token
from api.people.rules import at_least
from api.people.sealing import UnreadableAddressError, unsealed
from api.position import blurred_bearing_deg, blurred_distance_m
from api.tables import Role
from mobile_push.channel import Channel
from mobile_push.notification import Notice, push_message_for
from mobile_push.phone_address import BadAddressError, PhoneAddress
from mobile_push.push_message import Receipt, Sending
from mobile_push.text_address import TextAddress

MOST_AT_ONCE = 256  # push services that are far away answer late
SEND_WITHIN_S = 12.0  # less than the lease of a claim
LOOK_EVERY_S = 1.0
INSIST_EVERY_S = 0.25  # it looks far and wide, which at each sighting would hold up the next
FINISH_WITHIN_S = 2.0
PAUSE_AFTER_ERROR_S = 1.0

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Dispatcher:
    """Sends what is due. Whoever plans something may set `wake`; else it looks by itself."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel[Any]],
        *,
        secret: bytes,
        reach: Reach = EVERYBODY,
        wake: asyncio.Event | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._secret = secret
        self._reach = reach
        self._wake = wake or asyncio.Event()
        self._clock = clock
        self._lookout = near_me.Lookout()
        self._insists_at = self._looks_at = 0.0
        self._is_full = False  # there may be more than there was room for
        self._sending: dict[asyncio.Task[Sending], Job] = {}
        self._unrecorded: list[tuple[Job, Sending]] = []

    async def run(self) -> None:
        """Work until cancelled. A database that is away is waited for."""
        try:
            while True:
                try:
                    await self._turn()
                except Exception:  # noqa: BLE001 - the top of a worker's loop
                    _log.exception("the dispatcher stumbled; it goes on")
                    await asyncio.sleep(PAUSE_AFTER_ERROR_S)
        finally:
            await self._finish()

    async def _turn(self) -> None:
        # What has ended is news for nobody else: only then look for more when somebody says so.
        looks = self._wake.is_set() or self._is_full or time.monotonic() >= self._looks_at
        self._wake.clear()
        await self._keep_and_start(looks=looks)
        patience_s = self._insists_at - time.monotonic()
        if patience_s <= 0:
            await self._insist()
            self._insists_at, patience_s = time.monotonic() + INSIST_EVERY_S, LOOK_EVERY_S
        if not self._is_full:
            await self._wait(patience_s)
        elif self._sending:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def _keep_and_start(self, *, looks: bool) -> None:
        """Keep what has ended; if it looks, start what there is room for."""
        self._note_finished()
        room = MOST_AT_ONCE - len(self._sending) if looks else 0
        if self._database.has_one_writer:  # each transaction would have to wait for its turn
            jobs = await self._keep_and_claim(room)
            self._start(jobs)
        else:  # to keep is to wait for the sites' locks; what is due goes out before
            jobs = await self._keep_and_claim(room, keeps=False)
            self._start(jobs)
            await self._keep_and_claim(0)
        await self._put_aside([job for job in jobs if job.is_overtaken])
        self._is_full = looks and len(jobs) == room
        if looks:
            self._looks_at = time.monotonic() + INSIST_EVERY_S

    def _start(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if not job.is_overtaken:
                self._sending[asyncio.create_task(self._send(job))] = job

    async def _keep_and_claim(self, room: int, *, keeps: bool = True) -> list[Job]:
        """Keep what is not kept yet, and claim what there is room for, in one transaction."""
        ended = self._unrecorded if keeps else []
        if room == 0 and not ended:
            return []
        async with self._database.transaction(brief=True) as session:
            await results.record(session, ended, self._clock())
            jobs = await claims.claim(session, self._clock(), room) if room else []
        # Only now: what a database failed to keep is kept in the next turn.
        for job, sending in ended:
            _log.info(
                "delivery %s of alert %s, sighting %s: %s",
                job.delivery_id,
                job.alert_id,
                job.sighting,
                sending.receipt,
                extra=job.subjects,
            )
        ended.clear()
        return jobs

    async def _insist(self) -> None:
        """Ring who has come near; repeat and escalate what nobody has answered in time; give up."""
        async with self._database.reading(brief=True) as session:
            nearby = await self._lookout.unrung(session, self._clock())
            is_due = await insisting.is_anything_due(session, self._clock())
            is_late = bool(await claims.sites_with_late(session, self._clock()))
        if nearby or is_due:
            self._wake.set()  # what this plans is due at once
        # What follows may be long: it rings thousands at once. So none of it is brief.
        for portion in near_me.portions(nearby):
            async with self._database.transaction() as session:
                await near_me.ring(session, portion, self._clock())
        if is_late:
            async with self._database.transaction() as session:
                await results.give_up_late(session, self._clock())
        if not is_due:
            return
        async with self._database.transaction() as session:
            await insisting.repeat_due(session, self._clock())
        # Apart, because it locks sites: whoever locks one has touched nothing else before.
        async with self._database.transaction() as session:
            await insisting.escalate_due(session, self._clock())

    async def _put_aside(self, overtaken: list[Job]) -> None:
        # Not in the claim's transaction: whoever notes something locks the site before any row.
        if overtaken:
            async with self._database.transaction() as session:
                await results.put_aside(session, overtaken, self._clock())

    async def _send(self, job: Job) -> Sending:
        channel = self._channels.get(job.channel)
        if channel is None:
            return Sending(Receipt.REFUSED, f"there is no channel {job.channel}")
        try:
            address = self._address(job)
            message = push_message_for(self._notice(job), self._clock())
        except (BadAddressError, UnreadableAddressError, ValueError) as error:
            return Sending(Receipt.REFUSED, str(error))
        if not self._reach.allows(job.site_id, _spelt(address)):
            return Sending(Receipt.REFUSED, "this server is in test mode: not on its list")
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                return await channel.send(address, message)
        except TimeoutError:
            return Sending(Receipt.TRY_AGAIN, f"no answer within {SEND_WITHIN_S:.0f} s")

    def _address(self, job: Job) -> PhoneAddress | TextAddress:
        if job.sealed is None:
            return PhoneAddress.parse(job.endpoint, job.p256dh, job.auth)
        return TextAddress(unsealed(self._secret, job.channel, job.sealed), job.endpoint)

    def _notice(self, job: Job) -> Notice:
        is_exact = at_least(job.role, Role.RANGER)
        return Notice(
            delivery_id=job.delivery_id,
            alert_id=job.alert_id,
            token=delivery_token(self._secret, job.delivery_id),
            level=job.level.value,
            # Whoever has not been rung is rung, even if somebody else has answered.
            state="raised" if job.occasion in ALARMS else job.state.value,
            geofence=job.geofence,
            count=job.count,
            distance_m=job.distance_m if is_exact else blurred_distance_m(job.distance_m),
            bearing_deg=job.bearing_deg if is_exact else blurred_bearing_deg(job.bearing_deg),
            captured_at=job.captured_at,
            simulated=job.simulated,
            language=job.language,
            ring=job.rings + 1,
        )

    async def _wait(self, at_most_s: float) -> None:
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait(
                {woken, *self._sending},
                timeout=at_most_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            woken.cancel()

    def _note_finished(self) -> None:
        for task in [task for task in self._sending if task.done()]:
            self._unrecorded.append((self._sending.pop(task), _outcome(task)))

    async def _finish(self) -> None:
        """Let what is under way arrive, so that a restart does not ring it again."""
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=FINISH_WITHIN_S)
            for task in late:
                task.cancel()
                del self._sending[task]
        self._note_finished()
        await self._keep_and_claim(room=0)


def _spelt(address: PhoneAddress | TextAddress) -> str:
    return address.endpoint if isinstance(address, PhoneAddress) else address.text


def _outcome(task: asyncio.Task[Sending]) -> Sending:
    """Return how a sending went; a channel's own fault is logged, and tried again."""
    error = task.exception()
    if error is None:
        return task.result()
    _log.error("a channel failed instead of answering", exc_info=error)
    return Sending(Receipt.TRY_AGAIN, repr(error))
