import segno

from api.people.tables import ApiToken
from api.tables import Invite, Role
from tests.api.shell import Shell
from tests.api.world import World

PEOPLE = "/api/v1/people"


async def test_somebody_shut_out_is_out_at_once_and_comes_back_by_name(
    shell: Shell, world: World
) -> None:
    async with (
        shell.signed_in(Role.RESEARCHER) as reader,
        shell.signed_in(Role.ADMINISTRATOR) as boss,
    ):
        number = (await reader.get("/api/v1/me")).json()["person"]["id"]
        assert (await reader.get("/api/v1/detections")).status_code == 200
        await boss.patch(f"{PEOPLE}/{number}", json={"locked": True})
        assert (await reader.get("/api/v1/detections")).status_code == 401
        listed = {one["id"]: one for one in (await boss.get(PEOPLE)).json()["people"]}
        await boss.patch(f"{PEOPLE}/{number}", json={"locked": False})
        again = {one["id"]: one for one in (await boss.get(PEOPLE)).json()["people"]}

    assert listed[number]["locked_at"] is not None
    assert (again[number]["locked_at"], again[number]["browsers"]) == (None, 0)


async def test_a_lesser_role_counts_from_the_next_request_on(shell: Shell, world: World) -> None:
    async with (
        shell.signed_in(Role.OPERATOR) as operator,
        shell.signed_in(Role.ADMINISTRATOR) as boss,
    ):
        number = (await operator.get("/api/v1/me")).json()["person"]["id"]
        await boss.patch(f"{PEOPLE}/{number}", json={"role": "ranger"})
        assert (await operator.get("/api/v1/fleet")).status_code == 403
        log = (await boss.get("/api/v1/audit", params={"area": "person"})).json()["entries"]

    assert [(one["action"], one["before"], one["after"]) for one in log] == [
        ("person.role", "operator", "ranger")
    ]


async def test_nobody_takes_the_site_s_last_administrator_away(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.ADMINISTRATOR) as boss:
        number = (await boss.get("/api/v1/me")).json()["person"]["id"]
        tried = [
            await boss.patch(f"{PEOPLE}/{number}", json={"role": "villager"}),
            await boss.patch(f"{PEOPLE}/{number}", json={"locked": True}),
            await boss.delete(f"{PEOPLE}/{number}"),
        ]
        assert (await boss.get(PEOPLE)).status_code == 200

    assert [answer.status_code for answer in tried] == [409] * 3


async def test_an_invitation_is_drawn_listed_without_its_code_and_withdrawn(
    shell: Shell, world: World
) -> None:
    async with shell.signed_in(Role.ADMINISTRATOR) as boss:
        made = (await boss.post("/api/v1/invites", json={"role": "ranger", "uses": 3})).json()
        listed = await boss.get(PEOPLE)
        (invite,) = listed.json()["invites"]
        gone = await boss.delete(f"/api/v1/invites/{invite['id']}")
    async with shell.browser() as late:
        refused = await late.post("/api/v1/session", json={"invite_code": made["invite_code"]})

    drawn = segno.make(made["url"], error="m", micro=False).matrix
    assert made["qr"] == ["".join(map(str, row)) for row in drawn]
    assert made["invite_code"] not in listed.text
    assert (invite["role"], invite["uses_left"]) == ("ranger", 3)
    assert (gone.status_code, refused.status_code) == (204, 401)
    assert all(row.uses_left == 0 for row in await world.rows(Invite))


async def test_an_administrator_ends_a_token_that_leaked(shell: Shell, world: World) -> None:
    async with (
        shell.signed_in(Role.RESEARCHER) as reader,
        shell.signed_in(Role.ADMINISTRATOR) as boss,
    ):
        token = {"name": "robot", "scopes": ["alerts:read"]}
        made = (await reader.post("/api/v1/me/tokens", json=token)).json()
        people = (await boss.get(PEOPLE)).json()["people"]
        (owner,) = [one for one in people if one["tokens"]]
        await boss.delete(f"{PEOPLE}/{owner['id']}/tokens/{made['id']}")
    async with shell.browser() as robot:
        robot.headers["Authorization"] = f"Bearer {made['token']}"
        refused = await robot.get("/api/v1/alerts")

    assert owner["tokens"][0]["scopes"] == ["alerts:read"]
    assert refused.status_code == 401
    (row,) = await world.rows(ApiToken)
    assert row.revoked_at is not None
