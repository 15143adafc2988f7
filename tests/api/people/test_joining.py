from datetime import timedelta

import pytest

from api.tables import Follow, Person, Phone, Role, SignIn
from tests.api.shell import Shell
from tests.api.world import DUSK, World

SESSION = "/api/v1/session"
SUBSCRIPTION = "/api/v1/phone/subscription"
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
    "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


async def test_an_invitation_lets_in_and_makes_follow(shell: Shell, world: World) -> None:
    code = await shell.invite(Role.VILLAGER, geofence_ids=[world.village.id])
    async with shell.browser() as browser:
        joined = await browser.post(SESSION, json={"invite_code": code.lower(), "name": "Lin"})
        me = (await browser.get("/api/v1/me")).json()

    assert joined.status_code == 201
    assert me["person"] | {"id": 0} == {
        "id": 0,
        "name": "Lin",
        "role": "villager",
        "language": "en",
    }
    assert me["geofences"] == [{"id": world.village.id, "name": "Guanping"}]
    assert me["phone"] == {"subscribed": False, "last_reached_at": None}


async def test_the_cookie_is_kept_from_scripts_and_from_the_database(
    shell: Shell, world: World
) -> None:
    code = await shell.invite(Role.VILLAGER)
    async with shell.browser() as browser:
        joined = await browser.post(SESSION, json={"invite_code": code})

    cookie = joined.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    (sign_in,) = await world.rows(SignIn)
    assert sign_in.token_hash not in cookie


async def test_a_used_up_invitation_lets_nobody_in(shell: Shell) -> None:
    code = await shell.invite(Role.VILLAGER, uses_left=1)
    async with shell.browser() as first, shell.browser() as second:
        assert (await first.post(SESSION, json={"invite_code": code})).status_code == 201
        refused = await second.post(SESSION, json={"invite_code": code})

    assert (refused.status_code, refused.json()["error"]) == (401, "unknown_invite")


async def test_an_old_invitation_lets_nobody_in(shell: Shell) -> None:
    code = await shell.invite(Role.VILLAGER)
    shell.clock.wind(days=2)
    async with shell.browser() as browser:
        refused = await browser.post(SESSION, json={"invite_code": code})

    assert refused.status_code == 401


async def test_guessing_is_slowed_down_for_the_guesser_alone(shell: Shell) -> None:
    code = await shell.invite(Role.VILLAGER)
    async with shell.browser(host="198.51.100.1") as guesser, shell.browser() as guest:
        for _ in range(10):
            wrong = await guesser.post(SESSION, json={"invite_code": "AAAA-BBBB-CCCC"})
            assert wrong.status_code == 401
        waiting = await guesser.post(SESSION, json={"invite_code": code})
        welcome = await guest.post(SESSION, json={"invite_code": code})
        shell.clock.wind(minutes=11)
        again = await guesser.post(SESSION, json={"invite_code": "AAAA-BBBB-CCCC"})

    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 600
    assert (welcome.status_code, again.status_code) == (201, 401)


async def test_signing_out_forgets_the_token(shell: Shell) -> None:
    async with shell.signed_in(Role.RANGER) as browser:
        stolen = dict(browser.cookies)
        assert (await browser.delete(SESSION)).status_code == 204
        browser.cookies.update(stolen)
        assert (await browser.get("/api/v1/me")).status_code == 401


async def test_a_sign_in_ends_after_a_year(shell: Shell) -> None:
    async with shell.signed_in(Role.RANGER) as browser:
        shell.clock.wind(days=364)
        assert (await browser.get("/api/v1/me")).status_code == 200
        shell.clock.wind(days=2)
        assert (await browser.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(("role", "status"), [(Role.OPERATOR, 403), (Role.ADMINISTRATOR, 201)])
async def test_only_an_administrator_invites(role: Role, status: int, shell: Shell) -> None:
    async with shell.signed_in(role) as browser:
        answer = await browser.post("/api/v1/invites", json={"role": "ranger", "uses": 3})
        assert answer.status_code == status
    if status == 201:
        async with shell.browser() as guest:
            code = answer.json()["invite_code"]
            joined = await guest.post(SESSION, json={"invite_code": code})
        assert joined.json()["person"]["role"] == "ranger"


async def test_an_invitation_follows_everything_unless_it_says_what(
    shell: Shell, world: World
) -> None:
    async with shell.signed_in(Role.ADMINISTRATOR) as browser:
        code = (await browser.post("/api/v1/invites", json={})).json()["invite_code"]
    async with shell.browser() as guest:
        person = (await guest.post(SESSION, json={"invite_code": code})).json()["person"]

    follows = [row.geofence_id for row in await world.rows(Follow) if row.person_id == person["id"]]
    assert follows == [world.village.id]


async def test_a_phone_that_subscribes_again_is_back(shell: Shell, world: World) -> None:
    subscription = {"endpoint": "http://127.0.0.1:9999/push/1", "keys": KEYS}
    async with shell.signed_in(Role.VILLAGER) as browser:
        for was_gone in (False, True):  # told to the phone, which then asks its browser for another
            answer = await browser.put(SUBSCRIPTION, json=subscription)
            assert (answer.status_code, answer.json()) == (200, {"was_gone": was_gone})
            await mark_gone(world, subscription["endpoint"])  # type: ignore[arg-type]
        assert not (await browser.get("/api/v1/me")).json()["phone"]["subscribed"]
        await browser.put(SUBSCRIPTION, json=subscription)
        assert (await browser.get("/api/v1/me")).json()["phone"]["subscribed"]

    rows = [row for row in await world.rows(Phone) if row.endpoint == subscription["endpoint"]]
    assert len(rows) == 1


async def mark_gone(world: World, endpoint: str) -> None:
    for row in await world.rows(Phone):
        if row.endpoint == endpoint:
            row.gone_at = DUSK + timedelta(minutes=1)
            async with world.database.transaction() as session:
                await session.merge(row)


async def test_nobody_unsubscribes_anothers_phone(shell: Shell, world: World) -> None:
    (endpoint,) = [
        phone.endpoint for phone in await world.rows(Phone) if phone.person_id == world.ranger.id
    ]
    async with shell.signed_in(Role.VILLAGER) as browser:
        await browser.request("DELETE", SUBSCRIPTION, json={"endpoint": endpoint})

    (phone,) = [row for row in await world.rows(Phone) if row.endpoint == endpoint]
    assert phone.gone_at is None


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.1/push", "https://localhost/push", "https://169.254.169.254/latest"]
)
async def test_the_server_is_not_sent_into_its_own_network(endpoint: str, shell: Shell) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        answer = await browser.put(SUBSCRIPTION, json={"endpoint": endpoint, "keys": KEYS})

    assert (answer.status_code, answer.json()["error"]) == (422, "bad_subscription")


async def test_somebody_without_a_name_is_called_by_their_role(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.RESEARCHER):
        names = [person.name for person in await world.rows(Person)]

    assert "researcher" in names


async def test_the_language_of_pushes_can_be_changed_later(shell: Shell, world: World) -> None:
    code = await shell.invite(Role.VILLAGER)
    async with shell.browser() as browser:
        await browser.post(SESSION, json={"invite_code": code, "name": "Lin", "language": "en"})
        changed = await browser.patch("/api/v1/me", json={"language": "zh-CN"})
        refused = await browser.patch("/api/v1/me", json={"language": "<script>"})

    people = {person.name: person.language for person in await world.rows(Person)}
    assert (changed.status_code, refused.status_code) == (204, 422)
    assert people["Lin"] == "zh-CN"
