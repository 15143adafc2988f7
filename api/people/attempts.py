"""Slows down those who guess invite codes."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_REMEMBERED = 10_000  # addresses


@dataclass(slots=True)
class WrongCodes:
    """Counts wrong codes per client address; after too many it must wait, right code or wrong.

    In memory: with several processes an attacker gets so many tries from each, still hopeless
    against 58 bits.
    """

    allowed: int = 10
    window: timedelta = timedelta(minutes=10)
    _wrong: OrderedDict[str, list[datetime]] = field(default_factory=OrderedDict)

    def wait_s(self, client: str, now: datetime) -> int:
        """Return for how many seconds this client is not heard, 0 if it is."""
        recent = [at for at in self._wrong.get(client, ()) if now - at < self.window]
        if len(recent) < self.allowed:
            return 0
        return max(1, int((recent[-self.allowed] + self.window - now).total_seconds()))

    def note(self, client: str, now: datetime) -> None:
        """Remember one more wrong code."""
        recent = [at for at in self._wrong.pop(client, ()) if now - at < self.window]
        self._wrong[client] = [*recent[-self.allowed :], now]
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)
