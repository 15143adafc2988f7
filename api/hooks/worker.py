"""Tells other systems what happens to alerts; works in every dispatching process."""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database
from api.deliveries.reach import EVERYBODY, Reach
from api.hooks import store
from api.hooks.earthranger import DEFAULT_EVENT_TYPE, EarthRanger
from api.hooks.rules import GIVE_UP_AFTER, Outcome, Told, try_again_after_s
from api.hooks.store import HookJob
from api.hooks.tables import Hook, HookKind, HookMessage, MessageState
from api.hooks.webhook import Webhook
from api.people.sealing import UnreadableAddressError, unsealed
from mobile_push.phone_address import BadAddressError, EndpointPolicy

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
AT_ONCE = 16
SEAL = "hook"


class HookTeller:
    """Plans, claims, sends and records; killed anywhere, it goes on where it was."""

    def __init__(
        self,
        database: Database,
        session: aiohttp.ClientSession,
        *,
        secret: bytes,
        policy: EndpointPolicy,
        clock: Callable[[], datetime],
        reach: Reach = EVERYBODY,
    ) -> None:
        self._database = database
        self._secret = secret
        self._policy = policy
        self._clock = clock
        self._reach = reach
        self._webhook = Webhook(session, clock)
        self._earthranger = EarthRanger(session, clock)

    async def run(self) -> None:
        """Work until cancelled. A database that is away is waited for."""
        while True:
            try:
                while await self.turn():
                    pass
            except SQLAlchemyError as error:
                _log.debug("other systems cannot be told now: %s", error)
            except Exception:  # noqa: BLE001 - the top of a worker's loop
                _log.exception("telling other systems stumbled; it goes on")
            await asyncio.sleep(LOOK_EVERY_S)

    async def turn(self) -> bool:
        """Tell what is due; return whether there may be more."""
        now = self._clock()
        async with self._database.reading() as session:
            is_new = await store.is_anything_new(session)
            is_due = is_new or await store.is_anything_due(session, now)
        if is_new:
            async with self._database.transaction() as session:
                await store.plan(session, now)
        if not is_due:
            return False
        async with self._database.transaction() as session:
            jobs = await store.claim(session, now, AT_ONCE)
        told = await asyncio.gather(*[self.tell(job) for job in jobs])
        if jobs:
            async with self._database.transaction() as session:
                for job, each in zip(jobs, told, strict=True):
                    message = await session.get_one(HookMessage, job.message.id)
                    hook = await session.get_one(Hook, job.hook.id)
                    await self._record(session, message, hook, each)
        return bool(jobs)

    async def tell(self, job: HookJob) -> Told:
        """Send one message once; whatever goes wrong is an answer, never an exception."""
        message, hook, known_id = job
        if not self._reach.allows(hook.site_id, hook.url):
            return Told(Outcome.REFUSED, "this server is in test mode: not on its list")
        try:
            check_address(self._policy, hook.url)
            secret = unsealed(self._secret, SEAL, hook.sealed)
        except (BadAddressError, UnreadableAddressError) as error:
            return Told(Outcome.REFUSED, str(error))
        try:
            if hook.kind == HookKind.EARTHRANGER:
                kind = hook.options.get("event_type", DEFAULT_EVENT_TYPE)
                return await self._earthranger.tell(hook.url, secret, kind, message.body, known_id)
            return await self._webhook.tell(hook.url, secret, message.id, message.body)
        except TimeoutError:
            return Told(Outcome.TRY_AGAIN, "no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return Told(Outcome.TRY_AGAIN, f"no connection: {error}")
        except Exception as error:  # noqa: BLE001 - one of them shall not lose the others' answers
            _log.exception("hook %s: a fault of ours", hook.id)
            return Told(Outcome.TRY_AGAIN, repr(error))

    async def _record(
        self, session: AsyncSession, message: HookMessage, hook: Hook, told: Told
    ) -> None:
        now = self._clock()
        message.claimed_until = None
        message.detail = told.detail[: store.MOST_DETAIL]
        if told.outcome is Outcome.SENT:
            message.state, message.sent_at, message.remote_id = (
                MessageState.SENT,
                now,
                told.remote_id,
            )
            if hook.last_error is not None:
                _log.info("hook %s is told again", hook.id)
            hook.last_ok_at, hook.last_error = now, None
            return
        if hook.last_error is None:
            _log.warning("hook %s cannot be told: %s", hook.id, told.detail)
        hook.last_error = message.detail
        if told.outcome is Outcome.GONE:
            await store.end_hook(session, hook, f"gone: {told.detail}", now)
        elif told.outcome is Outcome.REFUSED or now - message.created_at > GIVE_UP_AFTER:
            message.state = MessageState.FAILED
        else:
            wait_s = try_again_after_s(message.attempts, random.random(), told.retry_after_s)
            message.due_at = now + timedelta(seconds=wait_s)


def check_address(policy: EndpointPolicy, url: str) -> None:
    """Accept an address silently.

    Raises:
        BadAddressError: this server must not call there; the text says why.
    """
    try:
        policy.check(url)
    except BadAddressError as error:
        raise BadAddressError(
            str(error).replace("a push endpoint", "the address").replace("endpoint", "address")
        ) from error
