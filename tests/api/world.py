"""A valley to tell stories in: the ordinary, so that a test names only what matters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from api.alerts.store import NewAnswer
from api.database import Base, Database
from api.pipeline import handle_answer, handle_detection
from api.position import LocalPlane, Position
from api.tables import (
    Alert,
    AnswerKind,
    Delivery,
    Follow,
    Geofence,
    Person,
    Phone,
    Role,
    Site,
    Station,
)
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage
from edge_agent.contracts.samples import SampleMessage

Row = TypeVar("Row", bound=Base)

DUSK = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
VALLEY = Position(21.97, 100.86)


def place(east_m: float, north_m: float, origin: Position = VALLEY) -> Position:
    """A place so many metres from the middle of the valley."""
    east, north = LocalPlane(origin).metres_per_degree
    return Position(origin.latitude + north_m / north, origin.longitude + east_m / east)


def square(east_m: float, north_m: float, half_m: float = 100) -> dict[str, Any]:
    """A GeoJSON square around a place."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [place(east_m + x * half_m, north_m + y * half_m) for x, y in corners]
    return {"type": "Polygon", "coordinates": [[[p.longitude, p.latitude] for p in ring]]}


def seen(label: str = "elephant") -> dict[str, Any]:
    return {"label": label, "confidence": 0.8, "box": (0.2, 0.3, 0.4, 0.4)}


def a_message(
    *labels: str,
    message_id: UUID | None = None,
    revision: int = 1,
    captured_at: datetime = DUSK,
    **others: Any,
) -> DetectionMessage:
    return DetectionMessage.model_validate(
        {
            "id": message_id or uuid7(),
            "revision": revision,
            "deployment_id": "ridge-1",
            "captured_at": captured_at,
            "sent_at": captured_at,
            "lighting": "night_ir",
            "release": "elephant-0.1",
            "threshold": 0.4,
            "animals": [seen(label) for label in labels or ("elephant",)],
        }
        | others
    )


def a_sample(**others: Any) -> SampleMessage:
    return SampleMessage.model_validate(
        {
            "id": uuid7(),
            "deployment_id": "ridge-1",
            "captured_at": DUSK,
            "lighting": "night_ir",
            "release": "elephant-0.1",
            "threshold": 0.4,
            "floor": 0.05,
            "score": 0.3,
            "boxes": [{"label": "elephant", "confidence": 0.3, "box": (0.2, 0.3, 0.4, 0.4)}],
            "stratum": "near",
            "window_began_at": DUSK - timedelta(hours=1),
            "inclusion_probability": 0.25,
        }
        | others
    )


@dataclass
class World:
    """One site. `ridge` is 400 m from the village's edge, `yard` inside it, `far` 1 km away."""

    database: Database
    ridge: Station
    yard: Station
    far: Station
    village: Geofence
    villager: Person
    ranger: Person

    @classmethod
    async def build(cls, database: Database) -> "World":
        site = Site(
            id="valley", name="Valley", latitude=VALLEY.latitude, longitude=VALLEY.longitude
        )
        village = Geofence(
            site_id="valley", name="Guanping", area=square(0, 0), buffer_m=500, watch_m=1500
        )
        async with database.transaction() as session:
            session.add(site)
            await session.flush()
            ridge = _station("ridge", place(500, 0))
            yard = _station("yard", place(50, 50))
            far = _station("far", place(1100, 0))
            villager, ranger = _person("Mai", Role.VILLAGER), _person("Bo", Role.RANGER)
            session.add_all([ridge, yard, far, village, villager, ranger])
            await session.flush()
            for person in (villager, ranger):
                session.add(Follow(person_id=person.id, geofence_id=village.id))
                session.add(_phone(person))
        return cls(database, ridge, yard, far, village, villager, ranger)

    async def tell(
        self, station: Station, message: DetectionMessage, now: datetime | None = None
    ) -> None:
        """Hand a message to the story, a moment after its capture unless said otherwise."""
        moment = now or message.captured_at + timedelta(seconds=2)
        async with self.database.transaction() as session:
            await handle_detection(session, station, message, moment)

    async def answer(
        self,
        person: Person,
        alert_id: str,
        kind: AnswerKind,
        now: datetime = DUSK + timedelta(minutes=1),
        *,
        answered_at: datetime | None = None,
        answer_id: UUID | None = None,
    ) -> Alert:
        answer = NewAnswer(answer_id or uuid7(), kind, answered_at or now)
        async with self.database.transaction() as session:
            return await handle_answer(session, person, alert_id, answer, now)

    async def rows(self, table: type[Row]) -> Sequence[Row]:
        """Every row of a table."""
        async with self.database.transaction() as session:
            return (await session.scalars(select(table))).all()

    async def the_alert(self) -> Alert:
        (alert,) = await self.rows(Alert)
        return alert

    async def occasions(self) -> list[str]:
        """What phones are to be rung for, sorted."""
        return sorted(str(row.occasion) for row in await self.rows(Delivery))

    async def add(self, *rows: Base) -> None:
        async with self.database.transaction() as session:
            session.add_all(rows)


def _station(name: str, position: Position) -> Station:
    return Station(
        site_id="valley",
        name_id=name,
        name=name.title(),
        key=name.encode().ljust(32, b"."),
        latitude=position.latitude,
        longitude=position.longitude,
        enrolled_at=DUSK,
        health={},
    )


def _person(name: str, role: Role) -> Person:
    return Person(site_id="valley", name=name, role=role, joined_at=DUSK)


def _phone(person: Person) -> Phone:
    return Phone(
        person_id=person.id,
        endpoint=f"https://push.example.org/{person.name}",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        subscribed_at=DUSK - timedelta(days=1),
    )


async def with_tables(database: Database) -> Database:
    """Give an empty database our tables."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return database
