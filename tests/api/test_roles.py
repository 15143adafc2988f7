"""Every route of the OpenAPI document, asked by everybody: nobody gets where they don't belong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.database import Base
from api.dependencies import API
from api.events.rules import Timings
from api.inbox import Inbox
from api.people import tokens
from api.people.rules import at_least
from api.people.scopes import ROLE_FOR, SCOPES, Scope
from api.tables import Answer, Delivery, Person, Quarantined, Role, Site
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import PICTURE, Shell, a_shell, picture_said
from tests.api.world import DUSK, World, a_message

OPEN = None  # for anybody, signed in or not

# The lowest role that each route is for. A new route fails the test until it is here.
LOWEST: dict[str, Role | None] = {
    "POST /session": OPEN,
    "DELETE /session": OPEN,
    "GET /healthz": OPEN,
    "GET /health/live": OPEN,
    "GET /health/ready": OPEN,
    "GET /metrics": OPEN,
    "POST /deliveries/{delivery_id}/receipts": OPEN,  # with the delivery's own token
    "POST /deliveries/{delivery_id}/answers": OPEN,
    "GET /me": Role.VILLAGER,
    "PATCH /me": Role.VILLAGER,
    "DELETE /me": Role.VILLAGER,
    "GET /me/data": Role.VILLAGER,
    "PUT /me/geofences": Role.VILLAGER,
    "GET /me/wishes": Role.VILLAGER,
    "PUT /me/wishes": Role.VILLAGER,
    "GET /me/cell": Role.VILLAGER,
    "PUT /me/cell": Role.VILLAGER,
    "DELETE /me/cell": Role.VILLAGER,
    "GET /me/contacts": Role.VILLAGER,
    "POST /me/contacts": Role.VILLAGER,
    "DELETE /me/contacts/{contact_id}": Role.VILLAGER,
    "GET /escalation": Role.ADMINISTRATOR,
    "PUT /escalation": Role.ADMINISTRATOR,
    "PUT /me/account": Role.RANGER,
    "POST /me/tokens": Role.RESEARCHER,
    "GET /me/tokens": Role.RESEARCHER,
    "DELETE /me/tokens/{token_id}": Role.RESEARCHER,
    "PUT /phone/subscription": Role.VILLAGER,
    "DELETE /phone/subscription": Role.VILLAGER,
    "GET /alerts": Role.VILLAGER,
    "GET /alerts/{alert_id}": Role.VILLAGER,
    "POST /alerts/{alert_id}/answers": Role.VILLAGER,
    "GET /map": Role.VILLAGER,
    "GET /geofences": Role.VILLAGER,
    "PUT /geofences": Role.OPERATOR,
    "DELETE /geofences/{geofence_id}": Role.OPERATOR,
    "GET /herds": Role.VILLAGER,
    "GET /herds/{herd_id}": Role.VILLAGER,
    "POST /herds/{herd_id}/merge": Role.RESEARCHER,
    "POST /herds/{herd_id}/split": Role.RESEARCHER,
    "GET /stream": Role.VILLAGER,
    "GET /media/{sha256}": Role.VILLAGER,
    "GET /detections": Role.RANGER,
    "GET /samples": Role.RESEARCHER,
    "GET /stations": Role.RANGER,
    "GET /stations/{station_id}/config": Role.OPERATOR,
    "PUT /stations/{station_id}/config": Role.OPERATOR,
    "GET /stations/{station_id}/releases": Role.OPERATOR,
    "GET /releases/{digest}/{name}": OPEN,  # what a station takes is decided by its signature
    "GET /quarantine": Role.OPERATOR,
    "POST /quarantine/replay": Role.OPERATOR,
    "POST /invites": Role.ADMINISTRATOR,
    "DELETE /invites/{invite_id}": Role.ADMINISTRATOR,
    "GET /people": Role.ADMINISTRATOR,
    "PATCH /people/{person_id}": Role.ADMINISTRATOR,
    "DELETE /people/{person_id}": Role.ADMINISTRATOR,
    "DELETE /people/{person_id}/tokens/{token_id}": Role.ADMINISTRATOR,
    "GET /audit": Role.ADMINISTRATOR,
    "GET /ledger/key": OPEN,
    "GET /hooks": Role.ADMINISTRATOR,
    "POST /hooks": Role.ADMINISTRATOR,
    "DELETE /hooks/{hook_id}": Role.ADMINISTRATOR,
    "GET /sites/{site_id}/cap.atom": Role.VILLAGER,
    "GET /sites/{site_id}/cap/{identifier}.xml": Role.VILLAGER,
    "GET /layers/herds.geojson": Role.VILLAGER,
    "GET /layers/alerts.geojson": Role.VILLAGER,
    "GET /ledger/signatures": Role.ADMINISTRATOR,
    "GET /alerts/{alert_id}/certificate": Role.ADMINISTRATOR,
    "GET /alerts/{alert_id}/certificate.html": Role.ADMINISTRATOR,
    "POST /review/queue": Role.RESEARCHER,
    "GET /review/events/{event_id}": Role.RESEARCHER,
    "GET /review/labels/last": Role.RESEARCHER,
    "POST /review/labels": Role.RESEARCHER,
    "POST /review/labels/{label_id}/undo": Role.RESEARCHER,
    "GET /review/agreement": Role.RESEARCHER,
    "GET /review/rules": Role.RESEARCHER,
    "PUT /review/rules": Role.OPERATOR,
    "POST /reports": Role.VILLAGER,
    "GET /reports": Role.RANGER,
    "POST /reports/{report_id}/confirm": Role.RANGER,
    "POST /alerts/{alert_id}/glances": Role.VILLAGER,
    "GET /reach": Role.RANGER,
    "GET /tiles/{name}": Role.VILLAGER,
    "GET /cells": Role.VILLAGER,
    "POST /drills": Role.VILLAGER,  # of one's own phone; of others' from a ranger on
    "GET /drills": Role.RANGER,
    "GET /drills/{drill_id}": Role.VILLAGER,  # of one's own
    "GET /tuning/thresholds": Role.OPERATOR,
    "GET /tuning/thresholds/{station_id}/{deployment_id}/{lighting}": Role.OPERATOR,
    "POST /tuning/refresh": Role.OPERATOR,
    "POST /tuning/changes": Role.OPERATOR,
    "GET /tuning/changes": Role.OPERATOR,
    "POST /tuning/changes/{change_id}/revert": Role.OPERATOR,
    "GET /tuning/samples": Role.RESEARCHER,
    "PUT /tuning/samples/{sample_id}": Role.RESEARCHER,
    "GET /fleet": Role.OPERATOR,
    "GET /fleet/config-form": Role.OPERATOR,
    "GET /fleet/rollouts": Role.OPERATOR,
    "POST /fleet/rollouts": Role.OPERATOR,
    "GET /fleet/rollouts/{rollout_id}": Role.OPERATOR,
    "POST /fleet/rollouts/{rollout_id}/cancel": Role.OPERATOR,
    "GET /fleet/releases": Role.OPERATOR,
    "PUT /fleet/releases": Role.OPERATOR,
    "DELETE /fleet/releases/{digest}/offers": Role.OPERATOR,
    "POST /replays": Role.OPERATOR,
    "GET /replays": Role.OPERATOR,
    "GET /replays/{job_id}": Role.OPERATOR,
    "POST /fleet/releases/{digest}/offers": Role.OPERATOR,
    "GET /individuals": Role.RESEARCHER,
    "GET /individuals/candidates": Role.RESEARCHER,
    "POST /individuals": Role.RESEARCHER,
    "GET /individuals/{individual_id}": Role.RESEARCHER,
    "PUT /individuals/{individual_id}": Role.RESEARCHER,
    "PUT /individuals/{individual_id}/pictures/{detection_id}": Role.RESEARCHER,
    "DELETE /individuals/{individual_id}/pictures/{detection_id}": Role.RESEARCHER,
    "GET /jobs": Role.RESEARCHER,
    "GET /jobs/{job_id}": Role.RESEARCHER,
    "POST /jobs/{job_id}/stop": Role.RESEARCHER,
    "GET /jobs/{job_id}/file": Role.RESEARCHER,
    "POST /exports": Role.RESEARCHER,
    "POST /imports": Role.RESEARCHER,
    "GET /findings/activity": Role.RESEARCHER,
    "GET /findings/weeks": Role.RESEARCHER,
    "GET /findings/history": Role.RESEARCHER,
    "GET /findings/paths": Role.RESEARCHER,
    "GET /findings/{finding}/table": Role.RESEARCHER,
    "PUT /imports/{job_id}/file": Role.RESEARCHER,
}

# Routes that look at the body before they ask who it is from need one that could be right.
BODIES: dict[str, Any] = {
    "PUT /me/account": {"username": "somebody", "password": "short"},
}

# These take a ZIP file, and nothing else from anybody.
UPLOADS = {"PUT /imports/{job_id}/file", "PUT /fleet/releases"}


@dataclass
class Valley:
    """A valley where things have happened, and the server that knows of them."""

    world: World
    shell: Shell
    alert_id: str
    delivery_id: str

    def path_of(self, template: str) -> str:
        """The route's address with the valley's own things in its places."""
        known = {
            "alert_id": self.alert_id,
            "delivery_id": self.delivery_id,
            "sha256": body_sha256(PICTURE),
            "station_id": "ridge",
            "site_id": "valley",
            "identifier": f"{self.alert_id}.1",
        }
        return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "1"), template)

    def routes(self) -> Iterator[str]:
        """Every operation of the OpenAPI document, as in the table."""
        for path, operations in self.shell.document()["paths"].items():
            if path.startswith(API):
                yield from (f"{name.upper()} {path.removeprefix(API)}" for name in operations)

    async def ask(self, client: httpx.AsyncClient, route: str) -> httpx.Response:
        method, _, template = route.partition(" ")
        if route in UPLOADS:
            headers = {"Content-Type": "application/zip"}
            address = API + self.path_of(template)
            return await client.request(method, address, content=b"PK", headers=headers)
        body = None if method in {"GET", "DELETE"} else BODIES.get(route, {})
        return await client.request(method, API + self.path_of(template), json=body)

    async def rows(self) -> dict[str, list[Any]]:
        """Everything in the valley that a stranger could spoil."""
        skipped = {"sign_ins", "people", "invites", "sign_in_tries", "api_tokens", "wishes"}
        skipped |= {"threshold_work", "audit"}  # asked for, and noted, at their own site
        found: dict[str, list[Any]] = {}
        async with self.world.database.transaction() as session:
            for table in Base.metadata.sorted_tables:
                if table.name not in skipped:
                    found[table.name] = [tuple(r) for r in await session.execute(table.select())]
        return found


@pytest.fixture
async def valley(world: World, tmp_path: Any) -> Valley:
    shell = a_shell(world.database, tmp_path)
    shell.parts.closing.set()  # the live stream ends at once
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    sighting = a_message(media_sha256=body_sha256(PICTURE))
    await world.tell(world.ridge, sighting)
    async with world.database.transaction() as session:
        picture = picture_said(world.ridge, PICTURE)
        await Inbox(shell.parts.media, Timings()).take(session, [picture], DUSK)
    kept = {"received_at": DUSK, "topic": "t/valley", "reason": "", "size_bytes": 1}
    await world.add(Quarantined(**kept, reason_code="forged", payload=b"x", site_id="valley"))
    alert = await world.the_alert()
    delivery, *_ = await world.rows(Delivery)
    answer = {"kind": "seen", "answered_at": DUSK, "received_at": DUSK}
    await world.add(Answer(id=str(uuid7()), alert_id=alert.id, person_id=world.ranger.id, **answer))
    return Valley(world, shell, alert.id, delivery.id)


async def test_every_route_of_the_document_is_in_the_table(valley: Valley) -> None:
    assert set(valley.routes()) == set(LOWEST)


async def test_nobody_is_let_in_without_signing_in(valley: Valley) -> None:
    async with valley.shell.browser() as nobody:
        for route, lowest in LOWEST.items():
            status = (await valley.ask(nobody, route)).status_code
            assert (status == 401) == (lowest is not OPEN), f"{route}: {status}"


@pytest.mark.parametrize("role", Role)
async def test_each_route_is_for_its_role_and_those_above(role: Role, valley: Valley) -> None:
    for route, lowest in LOWEST.items():
        if lowest is OPEN:
            continue
        async with valley.shell.signed_in(role) as person:
            status = (await valley.ask(person, route)).status_code
        assert (status == 403) == (not at_least(role, lowest)), f"{route}: {status}"
        assert status != 401, route


async def test_the_administrator_of_another_site_sees_and_changes_nothing(valley: Valley) -> None:
    leaving = {"DELETE /session", "DELETE /me"}  # what they may do to themselves
    secrets = [valley.alert_id, valley.delivery_id, "Guanping", "Ridge", "Mai", "ridge-1", "t/val"]
    before = await valley.rows()
    async with valley.shell.signed_in(Role.ADMINISTRATOR, "hills") as stranger:
        for route in LOWEST:
            if route not in leaving:
                text = (await valley.ask(stranger, route)).text
                told = [secret for secret in secrets if secret in text]
                assert told == [], f"{route} told {told}"

    assert await valley.rows() == before
    async with valley.shell.signed_in(Role.ADMINISTRATOR) as local:
        own = "".join([(await valley.ask(local, r)).text for r in LOWEST if r.startswith("GET")])
    assert [
        secret for secret in secrets if secret not in own and secret != valley.delivery_id
    ] == []


async def test_a_token_with_every_scope_opens_the_routes_of_the_table_alone(
    valley: Valley,
) -> None:
    boss = Person(site_id="valley", name="Boss", role=Role.ADMINISTRATOR, joined_at=DUSK)
    async with valley.world.database.transaction() as session:
        session.add(boss)
        await session.flush()
        _, token = await tokens.add_token(
            session, boss, "robot", frozenset(Scope), now=DUSK, lasts=timedelta(days=1)
        )
    async with valley.shell.browser() as robot:
        robot.headers["Authorization"] = f"Bearer {token}"
        for route, lowest in LOWEST.items():
            if lowest is not OPEN:
                status = (await valley.ask(robot, route)).status_code
                assert (status == 403) == (route not in SCOPES), f"{route}: {status}"


def test_no_scope_asks_for_more_than_its_routes() -> None:
    for route, scope in SCOPES.items():
        lowest = LOWEST[route]
        assert lowest is not None
        assert at_least(ROLE_FOR[scope], lowest), route
