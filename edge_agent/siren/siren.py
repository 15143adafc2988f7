"""Sounds for a confirmed elephant, with or without a network, and when the server says so."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from edge_agent.clock import clock_state
from edge_agent.contracts.messages import read_message
from edge_agent.contracts.siren import SirenAct, SirenCause, SirenOrder, SirenState
from edge_agent.siren.horn import Horn, HornError, open_horn
from edge_agent.siren.rules import Policy, why_not_obeyed, why_silent_for_elephant
from edge_agent.siren.settings import CommandSirenSettings, GpioSirenSettings

_log = logging.getLogger(__name__)
_REMEMBERED_ORDERS = 200


class Siren:
    """One horn and who may sound it. Made inside the event loop, which does all its work."""

    def __init__(
        self,
        settings: CommandSirenSettings | GpioSirenSettings,
        *,
        simulated: bool,
        tell: Callable[[SirenState], None],
    ) -> None:
        self._settings = settings
        self._policy = Policy(
            timedelta(seconds=settings.at_least_every_s), simulated, settings.drill_siren
        )
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._horn = self._opened()
        self._sounding: asyncio.Task[None] | None = None
        self._sounded_s: float | None = None
        self._orders: deque[UUID] = deque(maxlen=_REMEMBERED_ORDERS)

    def see_elephant(self, sighting_id: UUID, captured_at: datetime) -> None:
        """A sighting was confirmed: sound, unless the rules say no. Returns at once."""
        silent_because = why_silent_for_elephant(
            self._policy, captured_at, datetime.now(UTC), quiet_for=self._quiet_for()
        )
        cause, simulated = SirenCause.ELEPHANT, self._policy.is_simulated
        if silent_because is not None:
            self._say(SirenAct.HELD_BACK, cause, sighting_id, simulated, silent_because)
            return
        self._begin(self._settings.seconds, cause, sighting_id, simulated=simulated)

    def obey(self, body: bytes) -> None:
        """Carry out the server's order; safe to call from any thread.

        Raises:
            UnreadableMessageError: the body is no order.
        """
        self._loop.call_soon_threadsafe(self._carry_out, read_message(SirenOrder, body))

    async def close(self) -> None:
        """Be silent."""
        await self._stop()
        if self._horn is not None:
            self._horn.close()

    def _carry_out(self, order: SirenOrder) -> None:
        now = datetime.now(UTC)
        refused_because = why_not_obeyed(
            self._policy, order, now, clock_state(now), is_known=order.id in self._orders
        )
        simulated = order.simulated or self._policy.is_simulated
        if refused_because is not None:
            self._say(SirenAct.HELD_BACK, SirenCause.ORDER, order.id, simulated, refused_because)
            return
        self._orders.append(order.id)
        if order.seconds == 0:
            self._silence()
            self._say(SirenAct.SILENT, SirenCause.ORDER, order.id, simulated)
        else:
            self._begin(order.seconds, SirenCause.ORDER, order.id, simulated=simulated)

    def _begin(self, seconds: float, cause: SirenCause, about: UUID, *, simulated: bool) -> None:
        before, self._sounded_s = self._sounding, time.monotonic()
        self._sounding = self._loop.create_task(
            self._sound(before, seconds, cause, about, simulated)
        )

    async def _sound(
        self,
        before: asyncio.Task[None] | None,
        seconds: float,
        cause: SirenCause,
        about: UUID,
        simulated: bool,  # noqa: FBT001 (handed on as it came)
    ) -> None:
        await _ended(before)
        try:
            self._horn = self._horn or open_horn(self._settings)
            _log.warning("the siren sounds for %.0f s (%s)", seconds, cause)
            self._say(SirenAct.SOUNDING, cause, about, simulated)
            await self._horn.sound(seconds)
        except HornError as error:
            _log.error("the siren cannot sound: %s", error)
            self._sounded_s = None
            self._say(SirenAct.FAILED, cause, about, simulated, str(error))
            return
        finally:
            if self._sounded_s is not None:
                self._sounded_s = time.monotonic()
        self._say(SirenAct.SILENT, cause, about, simulated)

    def _opened(self) -> Horn | None:
        """At the start, so that a pin is off from then on and a fault is said while one listens."""
        try:
            return open_horn(self._settings)
        except HornError as error:
            _log.error("the siren cannot sound: %s", error)
            return None

    def _quiet_for(self) -> timedelta | None:
        if self._sounded_s is None:
            return None
        return timedelta(seconds=time.monotonic() - self._sounded_s)

    def _silence(self) -> None:
        if self._sounding is not None:
            self._sounding.cancel()

    async def _stop(self) -> None:
        self._silence()
        await _ended(self._sounding)

    def _say(
        self,
        act: SirenAct,
        cause: SirenCause,
        about: UUID,
        simulated: bool,  # noqa: FBT001 (handed on as it came)
        reason: str | None = None,
    ) -> None:
        state = SirenState(
            simulated=simulated,
            at=datetime.now(UTC),
            act=act,
            cause=cause,
            id=about,
            reason=reason[:200] if reason else None,
        )
        self._tell(state)


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is None:
        return
    task.cancel()
    await asyncio.wait({task})
