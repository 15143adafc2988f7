"""A way to reach a phone."""

from typing import Protocol

from mobile_push.phone_address import PhoneAddress
from mobile_push.push_message import PushMessage, Sending


class Channel(Protocol):
    """A way to reach a phone. Expected failures are receipts, never exceptions."""

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        """Try once; say how it went."""
        ...
