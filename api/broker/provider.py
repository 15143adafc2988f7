"""What every way to a broker gives."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from api.broker.hand_over import HandOver

SERVER_USERNAME = "trunkline-server"
MAX_PACKET_BYTES = 512 * 1024  # twice the greatest message, with its topic


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the link finds its broker, and what that broker can do."""

    host: str
    port: int
    username: str
    password: str
    tls_ca: Path | None = None
    speaks_mqtt5: bool = True
    hand_over: "HandOver | None" = None  # the short way from a broker in this process


class BrokerProvider(Protocol):
    """A broker for as long as its context lasts; started there if it is ours."""

    def open(self) -> AbstractAsyncContextManager[BrokerAddress]:
        """Have the broker ready.

        Raises:
            SetUpError: it cannot be started; says why.
        """
        ...
