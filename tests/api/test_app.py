import httpx
import pytest
from sqlalchemy.exc import OperationalError

from api.safety import MAX_REQUEST_BYTES
from api.tables import Role
from tests.api.shell import Shell
from tests.api.world import World


async def test_an_error_has_a_code_and_a_sentence(shell: Shell) -> None:
    async with shell.browser() as browser:
        answers = [
            await browser.get("/api/v1/me"),
            await browser.get("/api/v1/nothing-here"),
            await browser.post("/api/v1/session", json={"invite": 1}),
            await browser.put("/api/v1/me", json={}),
        ]

    assert [answer.status_code for answer in answers] == [401, 404, 422, 405]
    for answer in answers:
        assert set(answer.json()) == {"error", "message"}
    assert "invite_code" in answers[2].json()["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://server:8000"}, 204),
        ({}, 204),
    ],
    ids=["another site", "a sandboxed page", "our own page", "no browser at all"],
)
async def test_a_foreign_page_cannot_act_in_our_name(
    headers: dict[str, str], status: int, shell: Shell
) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        answer = await browser.delete("/api/v1/session", headers=headers)

    assert answer.status_code == status


async def test_a_form_cannot_post(shell: Shell) -> None:
    async with shell.browser() as browser:
        answer = await browser.post("/api/v1/session", data={"invite_code": "x"})

    assert (answer.status_code, answer.json()["error"]) == (415, "not_json")


async def test_a_huge_request_is_refused_before_it_is_read(shell: Shell) -> None:
    async with shell.browser() as browser:
        answer = await browser.post(
            "/api/v1/session",
            content=b"x" * (MAX_REQUEST_BYTES + 1),
            headers={"content-type": "application/json"},
        )

    assert answer.status_code == 413


async def test_pages_load_nothing_from_elsewhere(shell: Shell) -> None:
    async with shell.browser() as browser:
        answers = [await browser.get("/app/"), await browser.get("/api/v1/me")]

    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_home_leads_to_the_phone_app(shell: Shell) -> None:
    async with shell.browser() as browser:
        answer = await browser.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/app/")


async def test_a_watchdog_sees_a_server_without_its_database(shell: Shell, world: World) -> None:
    async with shell.browser() as browser:
        well = await browser.get("/healthz")
        await world.database.close()
        object.__setattr__(shell.parts, "database", Broken())
        ill = await browser.get("/healthz")

    assert (well.status_code, well.json()["database"]) == (200, "ok")
    assert (ill.status_code, ill.json()["ok"]) == (503, False)


class Broken:
    """A database that does not answer."""

    def reading(self) -> object:
        raise OperationalError("SELECT 1", None, Exception("connection refused"))


async def test_prometheus_reads_what_was_counted(shell: Shell) -> None:
    shell.parts.metrics.quarantined.labels("forged").inc(3)
    async with shell.browser() as browser:
        page = (await browser.get("/metrics")).text

    assert 'trunkline_quarantined_total{reason="forged"} 3.0' in page


async def test_a_failure_of_ours_tells_no_secrets(shell: Shell) -> None:
    object.__setattr__(shell.parts, "database", Broken())
    app = shell._app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://server:8000") as browser:
        browser.cookies.set("trunkline_session", "x")
        answer = await browser.get("/api/v1/me")

    assert answer.status_code == 500
    assert "refused" not in answer.text
    assert answer.json()["error"] == "internal"


async def test_the_reference_names_every_operation_and_loads_no_script(shell: Shell) -> None:
    async with shell.browser() as browser:
        schema = (await browser.get("/api/openapi.json")).json()
        page = (await browser.get("/api/docs")).text

    assert page.count("<tr><td>") == sum(len(each) for each in schema["paths"].values())
    assert "/api/v1/quarantine" in page
    assert "<script" not in page
