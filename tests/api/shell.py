"""The server's shell for tests: its parts, browsers that sign in, messages as they arrive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from api.broker.connection import Arrived
from api.database import Database
from api.dependencies import Parts
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.people.rules import new_invite_code
from api.people.store import add_invite
from api.settings import ServerSettings
from api.tables import Invite, Role, Station
from edge_agent.contracts.messages import DetectionMessage, Message, body_sha256
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import DETECTIONS, MEDIA, Topic
from tests.api.world import DUSK

PICTURE = b"\xff\xd8\xff\xe0" + b"a picture" + b"\xff\xd9"


@dataclass
class Clock:
    """A clock that a test winds."""

    moment: datetime = DUSK

    def __call__(self) -> datetime:
        return self.moment

    def wind(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Shell:
    """An application without a network."""

    parts: Parts
    clock: Clock
    client_host: str = "192.0.2.7"
    transports: list[httpx.ASGITransport] = field(default_factory=list)

    @asynccontextmanager
    async def browser(self, *, host: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self._app, client=(host, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://server:8000") as client:
            yield client

    def __post_init__(self) -> None:
        self._app = create_app(self.parts)

    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self._app.openapi()

    async def invite(self, role: Role, site_id: str = "valley", **others: object) -> str:
        code = new_invite_code()
        values = {"uses_left": 1, "expires_at": self.clock() + timedelta(days=1)} | others
        async with self.parts.database.transaction() as session:
            await add_invite(session, code, Invite(site_id=site_id, role=role, **values))
        return code

    @asynccontextmanager
    async def signed_in(
        self, role: Role, site_id: str = "valley"
    ) -> AsyncIterator[httpx.AsyncClient]:
        code = await self.invite(role, site_id)
        async with self.browser() as client:
            answer = await client.post("/api/v1/session", json={"invite_code": code})
            assert answer.status_code == 201, answer.text
            yield client


def a_shell(database: Database, folder: Path) -> Shell:
    clock = Clock()
    settings = ServerSettings(
        data_dir=folder,
        public_url="http://server:8000",
        push_allowed_origins=("http://127.0.0.1:9999",),
    )
    parts = Parts(
        database=database,
        settings=settings,
        secret=b"s" * 32,
        vapid_public_key="BPublic",
        media=MediaFolder(folder / "media"),
        ledger_key=LedgerKey.load_or_create(folder),
        clock=clock,
    )
    return Shell(parts, clock)


def arrived(topic: str, payload: bytes, *, retained: bool = False, packet_id: int = 1) -> Arrived:
    return Arrived(topic, payload, retained, qos=1, packet_id=packet_id, generation=1)


def said(
    station: Station, topic: Topic, message: Message | bytes, rest: str | None = None
) -> Arrived:
    """A message as its station seals it."""
    name = topic.of(station.site_id, station.name_id, rest)
    body = message if isinstance(message, bytes) else message.to_body()
    return arrived(name, seal(station.key, name, body))


def detection_said(station: Station, message: DetectionMessage) -> Arrived:
    return said(station, DETECTIONS, message)


def picture_said(station: Station, picture: bytes, *, sha256: str | None = None) -> Arrived:
    return said(station, MEDIA, picture, sha256 or body_sha256(picture))
