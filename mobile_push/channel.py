"""A way to reach a phone."""

from typing import Protocol

from typing_extensions import TypeVar

from mobile_push.phone_address import PhoneAddress
from mobile_push.push_message import PushMessage, Sending

Address_contra = TypeVar("Address_contra", contravariant=True, default=PhoneAddress)


class Channel(Protocol[Address_contra]):
    """A way to reach a phone. Expected failures are receipts, never exceptions."""

    async def send(self, address: Address_contra, message: PushMessage) -> Sending:
        """Try once; say how it went."""
        ...
