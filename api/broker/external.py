"""Somebody else's broker: Mosquitto, EMQX, or anything that speaks MQTT 5."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.broker.provider import BrokerAddress
from api.settings import ServerSettings


class ExternalBroker:
    """Starts nothing; the link finds out whether the broker is there, and waits if it is not."""

    def __init__(self, settings: ServerSettings) -> None:
        self.address = BrokerAddress(
            host=settings.broker_host,
            port=settings.broker_port,
            username=settings.broker_username,
            password=settings.broker_password,
            tls_ca=settings.broker_tls_ca,
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BrokerAddress]:
        """Give the address from the settings."""
        yield self.address
