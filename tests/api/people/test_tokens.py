from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.people import accounts
from api.people.pace import _MOST_KNOWN, PER_SECOND, Pace
from api.people.scopes import MAKES_TOKENS, ROLE_FOR, SCOPES, Scope
from api.people.tables import ApiToken
from api.tables import Role
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message

TOKENS = "/api/v1/me/tokens"


async def made(browser: httpx.AsyncClient, *scopes: str) -> dict[str, object]:
    answer = await browser.post(TOKENS, json={"name": "ledger robot", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def bearing(token: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_opens_what_it_is_for_and_nothing_else(shell: Shell, world: World) -> None:
    await world.tell(world.ridge, a_message())
    async with shell.signed_in(Role.OPERATOR) as browser:
        token = (await made(browser, "alerts:read"))["token"]
    async with shell.browser() as program:
        program.headers.update(bearing(token))
        alerts = await program.get("/api/v1/alerts")
        stations = await program.get("/api/v1/stations")
        me = await program.get("/api/v1/me")
        more = await program.post(TOKENS, json={"name": "x", "scopes": ["alerts:read"]})

    assert len(alerts.json()["alerts"]) == 1
    assert [r.status_code for r in (stations, me, more)] == [403] * 3
    assert stations.json()["error"] == "beyond_scope"


async def test_a_scope_beyond_the_role_is_refused(shell: Shell) -> None:
    async with shell.signed_in(Role.RESEARCHER) as browser:
        refused = await browser.post(TOKENS, json={"name": "x", "scopes": ["people:invite"]})

    assert refused.status_code == 403


async def test_a_token_is_kept_as_a_hash_and_shown_once(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.OPERATOR) as browser:
        token = (await made(browser, "map:read"))["token"]
        listed = (await browser.get(TOKENS)).json()["tokens"]

    (row,) = await world.rows(ApiToken)
    assert str(token) not in row.token_hash
    assert [(one["name"], "token" in one) for one in listed] == [("ledger robot", False)]


async def test_a_revoked_token_is_worthless(shell: Shell) -> None:
    async with shell.signed_in(Role.OPERATOR) as browser, shell.browser() as program:
        new = await made(browser, "map:read")
        program.headers.update(bearing(new["token"]))
        before = await program.get("/api/v1/map")
        assert (await browser.delete(f"{TOKENS}/{new['id']}")).status_code == 204
        after = await program.get("/api/v1/map")
        again = await browser.delete(f"{TOKENS}/{new['id']}")

    assert (before.status_code, after.status_code, again.status_code) == (200, 401, 404)


async def test_an_old_token_is_worthless(shell: Shell) -> None:
    async with shell.signed_in(Role.OPERATOR) as browser, shell.browser() as program:
        program.headers.update(bearing((await made(browser, "map:read"))["token"]))
        shell.clock.wind(days=366)
        answer = await program.get("/api/v1/map")

    assert (answer.status_code, answer.json()["error"]) == (401, "bad_token")


async def test_a_token_ends_with_its_person(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.OPERATOR) as browser, shell.browser() as program:
        program.headers.update(bearing((await made(browser, "map:read"))["token"]))
        (row,) = await world.rows(ApiToken)
        async with world.database.transaction() as session:
            await accounts.set_disabled(session, row.person_id, DUSK + timedelta(seconds=1))
        answer = await program.get("/api/v1/map")

    assert answer.status_code == 401


async def test_nobody_revokes_anothers_token(shell: Shell) -> None:
    async with (
        shell.signed_in(Role.OPERATOR) as owner,
        shell.signed_in(Role.ADMINISTRATOR) as other,
    ):
        new = await made(owner, "map:read")
        assert (await other.delete(f"{TOKENS}/{new['id']}")).status_code == 404
        assert (await other.get(TOKENS)).json()["tokens"] == []


@pytest.mark.parametrize("role", [Role.VILLAGER, Role.RANGER])
async def test_tokens_are_made_by_those_who_look_after_programs(role: Role, shell: Shell) -> None:
    async with shell.signed_in(role) as browser:
        refused = await browser.post(TOKENS, json={"name": "x", "scopes": ["alerts:read"]})

    assert refused.status_code == 403


def test_every_scope_has_a_role_and_opens_something() -> None:
    assert set(ROLE_FOR) == set(Scope) == set(SCOPES.values())
    assert MAKES_TOKENS in Role


async def test_a_program_that_asks_and_asks_is_told_when_to_come_back(shell: Shell) -> None:
    async with shell.signed_in(Role.OPERATOR) as browser:
        token = (await made(browser, "alerts:read"))["token"]
    shell.parts.pace.clock = lambda: 100.0
    shell.parts.pace.at_once = 3
    async with shell.browser() as program:
        program.headers.update(bearing(token))
        answers = [await program.get("/api/v1/alerts") for _ in range(5)]
        shell.parts.pace.clock = lambda: 100.0 + 1 / PER_SECOND
        later = await program.get("/api/v1/alerts")

    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
    assert answers[-1].headers["retry-after"] == "1"
    assert later.status_code == 200, "who was refused is not put off for longer"


@given(
    steps=st.lists(st.floats(0, 5), max_size=60),
    at_once=st.integers(1, 10),
    per_second=st.floats(0.1, 20),
)
def test_nobody_asks_more_than_the_pace_allows(
    steps: list[float], at_once: int, per_second: float
) -> None:
    """In every stretch of time: at most so many at once, and the rate times its length."""
    now = 0.0
    pace = Pace(at_once, per_second, clock=lambda: now)
    let_in = []
    for step in steps:
        now += step
        if pace.wait_s("robot") == 0:
            let_in.append(now)

    for first, since in enumerate(let_in):
        for last in range(first, len(let_in)):
            most = at_once + per_second * (let_in[last] - since)
            assert last - first + 1 <= most + 1e-6


def test_a_thousand_made_up_tokens_fill_no_memory() -> None:
    pace = Pace(clock=lambda: 0.0)
    for number in range(_MOST_KNOWN + 1000):
        pace.wait_s(number)

    assert len(pace._rested_at) == _MOST_KNOWN
