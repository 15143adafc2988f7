"""Very many people with phones, for a bench: each follows a village, and may share a cell."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import h3
from sqlalchemy import insert

from api.bench.valley import SITE_ID, somewhere
from api.database import Base, Database
from api.people.following import CELL_RESOLUTION
from api.people.tables import CellSharings, SharedCell
from api.tables import Follow, Person, Phone
from mobile_push.encryption import PhoneKeys

ENDPOINT = "https://push.example.org/send/{}"
_AT_ONCE = 5_000
_KEYS = 500  # so many phones have keys of their own; to draw more would only take time


async def settle_crowd(
    database: Database,
    size: int,
    chance: random.Random,
    *,
    villages: Sequence[int],
    now: datetime,
    shares_cells: bool = False,
) -> None:
    """Add `size` people with a phone each; the villages are followed in turn."""
    keys = [PhoneKeys.new().address("https://push.example.org").keys for _ in range(_KEYS)]
    tables: list[tuple[type[Base], Iterator[dict[str, Any]]]] = [
        (Person, (_person(number, now) for number in range(1, size + 1))),
        (Phone, (_phone(number, keys, now) for number in range(1, size + 1))),
        (Follow, (_follow(number, villages) for number in range(1, size + 1))),
    ]
    if shares_cells:
        until = now + timedelta(days=1)
        cells = (_cell(number, chance, until) for number in range(1, size + 1))
        tables.append((SharedCell, cells))
        tables.append((CellSharings, iter([{"site_id": SITE_ID, "newest": size}])))
    for table, rows in tables:
        while part := list(islice(rows, _AT_ONCE)):
            async with database.transaction() as session:
                await (await session.connection()).execute(insert(table), part)


def _person(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": number, "site_id": SITE_ID, "name": f"Person {number}", "role": "villager",
        "language": "en", "joined_at": now,
    }  # fmt: skip


def _phone(number: int, keys: Sequence[dict[str, str]], now: datetime) -> dict[str, Any]:
    return {
        "id": number, "person_id": number, "endpoint": ENDPOINT.format(number),
        "subscribed_at": now, "channel": "web_push", "rings_from": "watch",
    } | keys[number % len(keys)]  # fmt: skip


def _follow(number: int, villages: Sequence[int]) -> dict[str, Any]:
    return {"person_id": number, "geofence_id": villages[number % len(villages)]}


def _cell(number: int, chance: random.Random, until: datetime) -> dict[str, Any]:
    place = somewhere(chance)
    cell = h3.latlng_to_cell(place.latitude, place.longitude, CELL_RESOLUTION)
    return {
        "person_id": number, "site_id": SITE_ID, "cell": cell, "expires_at": until,
        "number": number,
    }  # fmt: skip
