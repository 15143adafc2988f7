import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app as command
from api.deliveries.reach import EVERYBODY, Reach
from api.hooks import store
from api.hooks.making import NewHook, make_hook
from api.hooks.rules import LONGEST_WAIT_S, try_again_after_s
from api.hooks.tables import Hook, HookKind, HookMessage
from api.hooks.worker import HookTeller
from api.people.sealing import unsealed
from api.position import Position, distance_m
from api.tables import AlertLevel, AnswerKind, Role, Station
from mobile_push.phone_address import EndpointPolicy
from mobile_push.public_resolver import PublicResolver
from tests.api.shell import Clock, a_shell
from tests.api.world import DUSK, World, a_message

MINUTE = timedelta(minutes=1)
SECRET = b"s" * 32


@dataclass
class Elsewhere:
    """Another system, as a real HTTP server: remembers what it was told, answers as it is told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    told: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.told.append((request.method, request.path, headers, body))
        status = self.answers.pop(0) if self.answers else 201
        if status == 302:
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/inside"})
        return web.json_response({"data": {"id": f"er-{len(self.told)}"}}, status=status)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for *_, body in self.told]


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    found = Elsewhere()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@dataclass
class Office:
    """A valley whose server tells others."""

    world: World
    elsewhere: Elsewhere
    http: aiohttp.ClientSession
    clock: Clock
    reach: Reach = EVERYBODY

    @property
    def policy(self) -> EndpointPolicy:
        return EndpointPolicy(frozenset({self.elsewhere.url}))

    def teller(self, policy: EndpointPolicy | None = None) -> HookTeller:
        return HookTeller(
            self.world.database,
            self.http,
            secret=SECRET,
            policy=policy or self.policy,
            clock=self.clock,
            reach=self.reach,
        )

    async def make(self, kind: HookKind = HookKind.WEBHOOK, **others: Any) -> str | None:
        token = "er-token" if kind is HookKind.EARTHRANGER else None
        values: dict[str, Any] = {"from_level": AlertLevel.WATCH, "is_exact": False} | others
        new = NewHook("valley", kind, f"{self.elsewhere.url}/in", token=token, **values)
        async with self.world.database.transaction() as session:
            _, key = await make_hook(
                session, new, secret=SECRET, policy=self.policy, now=self.clock()
            )
        return key

    async def tell_all(self) -> None:
        while await self.teller().turn():
            pass


@pytest.fixture
async def office(world: World, elsewhere: Elsewhere) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as http:
        yield Office(world, elsewhere, http, Clock(DUSK + timedelta(seconds=3)))


async def a_whole_alert(office: Office) -> str:
    world = office.world
    await world.tell(world.ridge, a_message("elephant", "elephant"))
    alert = await world.the_alert()
    await office.tell_all()
    await world.answer(world.villager, alert.id, AnswerKind.SEEN)
    await world.tell(world.yard, a_message(captured_at=DUSK + 2 * MINUTE))
    await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR, DUSK + 9 * MINUTE)
    office.clock.wind(minutes=10)
    await office.tell_all()
    return alert.id


async def test_a_webhook_is_told_each_turn_once_in_order_and_can_check_who_says_it(
    office: Office,
) -> None:
    key = await office.make()

    alert_id = await a_whole_alert(office)
    await office.tell_all()

    assert [body["type"] for body in office.elsewhere.bodies] == [
        *("alert.raised", "alert.acknowledged", "alert.grew", "alert.ended"),
    ]
    assert {body["data"]["alert_id"] for body in office.elsewhere.bodies} == {alert_id}
    assert key is not None
    for _, _, headers, body in office.elsewhere.told:  # as standardwebhooks.com describes it
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = hmac.new(base64.b64decode(key.removeprefix("whsec_")), signed, hashlib.sha256)
        expected = f"v1,{base64.b64encode(mac.digest()).decode()}"
        assert headers["webhook-signature"] == expected


async def test_where_the_elephants_are_is_blurred_unless_it_was_asked_for_exactly(
    office: Office,
) -> None:
    await office.make()
    await office.make(is_exact=True)
    await office.world.tell(office.world.ridge, a_message())
    await office.tell_all()

    blurred, exact = sorted(
        (body["data"] for body in office.elsewhere.bodies),
        key=lambda told: -told["position"]["uncertainty_m"],
    )
    ridge = Position(office.world.ridge.latitude, office.world.ridge.longitude)
    assert exact["position"]["latitude"] == ridge.latitude
    place = Position(blurred["position"]["latitude"], blurred["position"]["longitude"])
    assert 1 < distance_m(place, ridge) < blurred["position"]["uncertainty_m"]
    assert (blurred["distance_m"], exact["distance_m"]) == (400, pytest.approx(400, abs=0.5))


async def test_a_system_that_is_down_is_told_later_in_the_same_order(office: Office) -> None:
    await office.make()
    office.elsewhere.answers = [503, 500, 200]
    await office.world.tell(office.world.ridge, a_message())
    await office.tell_all()
    await office.world.tell(office.world.yard, a_message(captured_at=DUSK + MINUTE))
    await office.tell_all()
    assert [body["type"] for body in office.elsewhere.bodies] == ["alert.raised"]

    for _ in range(2):
        office.clock.wind(minutes=2)
        await office.tell_all()

    types = [body["type"] for body in office.elsewhere.bodies]
    assert types == ["alert.raised", "alert.raised", "alert.raised", "alert.grew"]
    ids = [headers["webhook-id"] for _, _, headers, _ in office.elsewhere.told]
    assert len(set(ids)) == 2


async def test_a_teller_that_was_killed_before_it_noted_the_answer_says_the_same_again(
    office: Office,
) -> None:
    await office.make()
    await office.world.tell(office.world.ridge, a_message())
    async with office.world.database.transaction() as session:
        await store.plan(session, office.clock())
        claimed = await store.claim(session, office.clock(), 10)
    assert len(claimed) == 1
    await office.tell_all()
    assert office.elsewhere.told == []

    office.clock.wind(minutes=2)
    await office.tell_all()

    assert [body["type"] for body in office.elsewhere.bodies] == ["alert.raised"]


@pytest.mark.parametrize("answer", [410, 302])
async def test_gone_ends_a_hook_and_a_redirect_is_not_followed(answer: int, office: Office) -> None:
    await office.make()
    office.elsewhere.answers = [answer]
    await office.world.tell(office.world.ridge, a_message())

    await office.tell_all()

    (hook,) = await office.world.rows(Hook)
    (message,) = await office.world.rows(HookMessage)
    assert (hook.ended_at is not None) == (answer == 410)
    assert message.state == ("failed" if answer == 410 else "pending")
    assert len(office.elsewhere.told) == 1


async def test_after_a_day_it_is_given_up(office: Office) -> None:
    await office.make()
    office.elsewhere.answers = [500, 500]
    await office.world.tell(office.world.ridge, a_message())
    await office.tell_all()

    office.clock.wind(hours=25)
    await office.tell_all()

    (message,) = await office.world.rows(HookMessage)
    assert (message.state, message.attempts) == ("failed", 2)


@pytest.mark.parametrize("inside", ["policy", "test mode"])
async def test_a_hook_leads_nowhere_inside_and_a_test_server_tells_nobody_else(
    inside: str, office: Office
) -> None:
    await office.make()
    await office.world.tell(office.world.ridge, a_message())
    if inside == "test mode":
        office.reach = Reach(frozenset({"https://elsewhere.example"}))
    await office.teller(EndpointPolicy() if inside == "policy" else None).turn()

    (message,) = await office.world.rows(HookMessage)
    assert message.state == "failed"
    assert office.elsewhere.told == []


async def test_a_public_name_for_a_private_place_is_not_called(
    world: World, elsewhere: Elsewhere
) -> None:
    """The name is public as far as anybody can read; what it resolves to is this machine."""
    port = elsewhere.url.rpartition(":")[2]
    name = f"http://localhost.example:{port}"

    class Lying(aiohttp.ThreadedResolver):
        async def resolve(self, host: str, *rest: Any, **others: Any) -> Any:
            return await super().resolve("127.0.0.1", *rest, **others)

    resolver = PublicResolver(inner=Lying())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as http:
        office = Office(world, elsewhere, http, Clock(DUSK))
        elsewhere.url = name
        await office.make()
        await office.world.tell(office.world.ridge, a_message(captured_at=DUSK - MINUTE))
        await office.tell_all()

    (message,) = await office.world.rows(HookMessage)
    assert elsewhere.told == []
    assert "not on the public internet" in str(message.detail)


async def test_earthranger_has_one_event_that_grows_and_is_resolved(office: Office) -> None:
    await office.make(HookKind.EARTHRANGER, is_exact=True, event_type="elephant_sighting")

    await a_whole_alert(office)

    assert [(method, path) for method, path, _, _ in office.elsewhere.told] == [
        ("POST", "/in/api/v1.0/activity/events"),
        ("PATCH", "/in/api/v1.0/activity/event/er-1"),
        ("PATCH", "/in/api/v1.0/activity/event/er-1"),
    ]
    raised, grew, ended = office.elsewhere.bodies
    ridge: Station = office.world.ridge
    assert raised["event_type"] == "elephant_sighting"
    assert raised["location"] == {"latitude": ridge.latitude, "longitude": ridge.longitude}
    assert [body["priority"] for body in (raised, grew, ended)] == [200, 300, 300]
    assert [body["state"] for body in (raised, grew, ended)] == ["active", "active", "resolved"]
    assert office.elsewhere.told[0][2]["authorization"] == "Bearer er-token"


async def test_a_drill_is_no_emergency_over_there(office: Office) -> None:
    await office.make(HookKind.EARTHRANGER)
    await office.world.tell(office.world.yard, a_message(simulated=True))
    await office.tell_all()

    (event,) = office.elsewhere.bodies
    assert event["title"].startswith("DRILL: ")
    assert (event["priority"], event["event_details"]["drill"]) == (0, True)


async def test_who_wants_danger_alone_hears_nothing_of_a_watch(office: Office) -> None:
    await office.make(from_level=AlertLevel.DANGER)
    await office.world.tell(office.world.far, a_message())
    await office.tell_all()
    assert office.elsewhere.told == []

    await office.world.tell(office.world.yard, a_message(captured_at=DUSK + 10 * MINUTE))
    await office.tell_all()

    assert [body["data"]["level"] for body in office.elsewhere.bodies] == ["danger"]


async def test_a_new_hook_is_told_nothing_old(office: Office) -> None:
    await office.world.tell(office.world.ridge, a_message())
    await office.make()

    await office.tell_all()

    assert office.elsewhere.told == []


async def test_an_administrator_makes_sees_and_removes_hooks_and_the_secret_shows_once(
    world: World, tmp_path: Any
) -> None:
    shell = a_shell(world.database, tmp_path)
    async with shell.signed_in(Role.ADMINISTRATOR) as client:
        made = await client.post("/api/v1/hooks", json={"url": "https://hooks.example.org/in"})
        listed = await client.get("/api/v1/hooks")
        inside = await client.post("/api/v1/hooks", json={"url": "https://10.0.0.1/in"})
        tokenless = await client.post(
            "/api/v1/hooks", json={"url": "https://a.pamdas.org", "kind": "earthranger"}
        )
        removed = await client.delete(f"/api/v1/hooks/{made.json()['hook']['id']}")
        after = await client.get("/api/v1/hooks")

    secret = made.json()["secret"]
    (hook,) = await world.rows(Hook)
    assert secret.startswith("whsec_")
    assert unsealed(b"s" * 32, "hook", hook.sealed) == secret
    assert secret not in listed.text
    assert "must be a name, not a number on the network" in inside.json()["message"]
    assert tokenless.json()["message"].startswith("EarthRanger needs its token")
    assert (removed.status_code, after.json()["hooks"]) == (204, [])


def test_the_command_makes_lists_and_removes(tmp_path: Any) -> None:
    environment = {"TRUNKLINE_DATA_DIR": str(tmp_path)}

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(command, list(arguments), env=environment)
        return ended.output

    run("site", "add", "valley", "--latitude", "21.97", "--longitude", "100.86")
    made = run("hook", "add", "https://hooks.example.org/in", "--site", "valley")
    listed = run("hook", "list", "--site", "valley")
    refused = run("hook", "add", "http://localhost/in", "--site", "valley")
    run("hook", "remove", "1", "--site", "valley")

    assert "hook 1 is told from watch on" in made
    assert "whsec_" in made
    assert "https://hooks.example.org/in" in listed
    assert "must be https" in refused
    assert run("hook", "list", "--site", "valley") == "nobody else is told\n"


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_it_is_asked_again_within_the_hour_and_not_at_once(
    attempts: int, jitter: float, asked_s: float | None
) -> None:
    assert 3 <= try_again_after_s(attempts, jitter, asked_s) <= LONGEST_WAIT_S
