"""Keeps Home Assistant informed, over a connection of its own that says when it is gone."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import paho.mqtt.client as mqtt
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import LAPSES_AFTER
from api.broker.provider import BrokerAddress
from api.channels.speaker import new_client
from api.database import Database
from api.health import VERSION
from api.home_assistant.rules import (
    AVAILABLE,
    OpenAlert,
    discovery,
    discovery_topic,
    state,
    state_topic,
)
from api.sites.store import all_sites
from api.tables import Alert, AlertLevel, AlertState

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
_KEEP_ALIVE_S = 20


class HomeAssistant:
    """Tells the devices when Home Assistant is born, and states as they change."""

    def __init__(
        self, database: Database, prefix: str, client: mqtt.Client, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._prefix = prefix
        self._client = client
        self._clock = clock
        self._told: dict[str, str] = {}
        self._is_born = threading.Event()  # Home Assistant, or our connection: tell all anew
        client.will_set(AVAILABLE, "offline", qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_message = self._on_message

    async def run(self) -> None:
        """Work until cancelled. A database or a broker that is away is waited for."""
        while True:
            try:
                await self.tell()
            except SQLAlchemyError as error:
                _log.debug("Home Assistant cannot be told now: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def tell(self) -> None:
        """Tell what is new."""
        if not self._client.is_connected():
            return
        if self._is_born.is_set():
            self._is_born.clear()
            self._told.clear()
        async with self._database.reading() as session:
            wanted = await _messages(session, self._prefix, self._clock())
        for topic, payload in wanted.items():
            if self._told.get(topic) != payload:
                self._client.publish(topic, payload, qos=1, retain=True)
                self._told[topic] = payload

    # ---- below: called in paho's thread

    def _on_connect(
        self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any = None
    ) -> None:
        if not reason.is_failure:
            client.subscribe(f"{self._prefix}/status", qos=1)
            client.publish(AVAILABLE, "online", qos=1, retain=True)
            self._is_born.set()

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        if message.payload == b"online":
            self._is_born.set()


@asynccontextmanager
async def opened(
    address: BrokerAddress, database: Database, prefix: str, clock: Callable[[], datetime]
) -> AsyncIterator[HomeAssistant]:
    """Yield who tells Home Assistant; say goodbye at the end."""
    client = new_client(address)
    found = HomeAssistant(database, prefix, client, clock)
    client.connect_async(address.host, address.port, _KEEP_ALIVE_S)
    client.loop_start()
    try:
        yield found
    finally:
        if client.is_connected():
            client.publish(AVAILABLE, "offline", qos=1, retain=True)
        client.disconnect()
        client.loop_stop()


async def _messages(session: AsyncSession, prefix: str, now: datetime) -> dict[str, str]:
    wanted = select(Alert).where(
        Alert.state.in_([AlertState.RAISED, AlertState.ACKNOWLEDGED]),
        Alert.captured_at >= now - LAPSES_AFTER,
    )
    alerts: dict[str, list[OpenAlert]] = {}
    for row in await session.scalars(wanted):
        found = OpenAlert(
            row.herd_id, AlertLevel(row.level), row.count, row.captured_at, row.simulated
        )
        alerts.setdefault(row.site_id, []).append(found)
    messages: dict[str, str] = {}
    for site in await all_sites(session):
        device = discovery(site.id, site.name, VERSION)
        messages[discovery_topic(prefix, site.id)] = json.dumps(device)
        messages[state_topic(site.id)] = json.dumps(state(alerts.get(site.id, ()), now))
    return messages
