"""What anybody might send to any route of the OpenAPI document: never a fault of the server."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from api.database import Database
from api.dependencies import API, COOKIE
from api.people.store import sign_in
from api.tables import Person, Role
from tests.api.shell import Shell, a_shell
from tests.api.world import DUSK, World, a_message, square, with_tables

# For each route and kind of request; more of them at night: TRUNKLINE_TEST_REQUESTS=100.
EXAMPLES = int(os.environ.get("TRUNKLINE_TEST_REQUESTS", "3"))
ENDLESS = {"/stream"}
LEAVING = {("DELETE", "/me"), ("DELETE", "/session")}


@dataclass
class Server:
    """A server with an administrator inside, and a loop of its own."""

    loop: asyncio.AbstractEventLoop
    shell: Shell
    cookie: str

    def ask(self, case: Any) -> httpx.Response:
        """Send a case of schemathesis as the administrator."""
        wanted = case.as_transport_kwargs(base_url="http://server:8000")
        wanted["cookies"] = {COOKIE: self.cookie}
        said = requests.Request(**wanted).prepare()  # spells what httpx would refuse to
        body = said.body
        assert isinstance(body, bytes | str | None)

        async def send() -> httpx.Response:
            async with self.shell.browser() as browser:
                return await browser.request(
                    str(said.method),
                    str(said.url),
                    headers={name: str(value) for name, value in said.headers.items()},
                    content=body,
                )

        return self.loop.run_until_complete(send())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgres"
        else f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"
    )
    loop = asyncio.new_event_loop()
    database = Database(url)
    cookie = loop.run_until_complete(_furnish(database))
    yield Server(loop, a_shell(database, tmp_path), cookie)
    loop.run_until_complete(database.close())
    loop.close()


async def _furnish(database: Database) -> str:
    world = await World.build(await with_tables(database))
    await world.tell(world.ridge, a_message())
    boss = Person(site_id="valley", name="Boss", role=Role.ADMINISTRATOR, joined_at=DUSK)
    async with database.transaction() as session:
        session.add(boss)
        await session.flush()
        return await sign_in(session, boss, DUSK)


def test_no_request_is_a_fault_of_the_server(server: Server) -> None:
    schema = schemathesis.openapi.from_dict(server.shell.document())
    faults: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # a broken document should fail here
        path = operation.path.removeprefix(API)
        if path in ENDLESS or (operation.method.upper(), path) in LEAVING:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: Any) -> None:
                nonlocal asked
                asked += 1
                try:
                    answer = server.ask(case)
                except Exception as error:  # noqa: BLE001 - whatever came out of a route
                    faults.append(f"{case.method} {case.formatted_path}: {error!r}"[:300])
                else:
                    if answer.status_code >= 500:
                        faults.append(f"{case.method} {case.formatted_path}: {answer.text[:200]}")

            with suppress(Unsatisfiable):  # nothing to send that would be wrong
                given(case=operation.as_strategy(generation_mode=mode))(ask)()

    assert faults == []
    assert asked > EXAMPLES * 40


FENCE = {
    "type": "Feature",
    "geometry": square(0, 0),
    "properties": {"name": "a\x00b", "kind": "village", "buffer_m": 1, "watch_m": 2},
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/alerts/%00", None),
        ("GET", "/media/%00", None),
        ("DELETE", "/phone/subscription", {"endpoint": "https://push.example.org/\x00"}),
        ("POST", "/session", {"name": "bo\x00", "password": "x"}),
        ("POST", "/session", {"invite_code": "\x00", "name": "\x00"}),
        ("PUT", "/me/account", {"username": "bo\x00", "password": "fig bamboo river"}),
        ("PUT", "/geofences", {"type": "FeatureCollection", "features": [FENCE]}),
        ("PUT", "/me/geofences", {"geofence_ids": [2**63]}),
        ("GET", "/detections?before=%00", None),
    ],
)
def test_what_no_database_can_keep_is_refused(
    method: str, path: str, body: Any, server: Server
) -> None:
    async def ask() -> httpx.Response:
        async with server.shell.browser() as browser:
            browser.cookies.set(COOKIE, server.cookie)
            return await browser.request(method, API + path, json=body)

    assert 400 <= server.loop.run_until_complete(ask()).status_code < 500
