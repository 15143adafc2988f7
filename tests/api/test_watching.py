"""What those who run the server watch: health, metrics, logs."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.database import Database
from api.deliveries import claims
from api.logs import JsonLines
from api.pipeline import handle_receipt
from api.tables import Delivery
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message


async def test_a_server_without_its_database_lives_and_is_not_ready(
    shell: Shell, tmp_path: Any
) -> None:
    away = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/trunkline.db")
    blind = Shell(replace(shell.parts, database=away), shell.clock)
    async with shell.browser() as browser, blind.browser() as other:
        well = [(await browser.get(f"/health/{name}")).status_code for name in ("live", "ready")]
        ill = [(await other.get(f"/health/{name}")).status_code for name in ("live", "ready")]
    await away.close()

    assert (well, ill) == ([200, 200], [200, 503])


@pytest.mark.parametrize(("storing", "status"), [("ok", 200), ("failing", 503)])
async def test_a_server_that_can_keep_nothing_is_not_ready(
    storing: str, status: int, shell: Shell
) -> None:
    app = create_app(shell.parts, health=lambda: {"broker": "connected", "storing": storing})
    to_it = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=to_it, base_url="http://server:8000") as browser:
        ready, live = await browser.get("/health/ready"), await browser.get("/health/live")

    assert (ready.status_code, ready.json()["storing"], live.status_code) == (status, storing, 200)


async def test_a_server_that_stops_asks_for_nobody_new(shell: Shell) -> None:
    shell.parts.closing.set()
    async with shell.browser() as browser:
        ready, live = await browser.get("/health/ready"), await browser.get("/health/live")

    assert (ready.status_code, ready.json()["stopping"], live.status_code) == (503, True, 200)


async def test_prometheus_reads_what_waits_and_how_far_the_proof_is_signed(
    world: World, shell: Shell
) -> None:
    await world.tell(world.ridge, a_message())
    shell.clock.wind(seconds=32)
    async with shell.browser() as browser:
        page = (await browser.get("/metrics")).text

    families = {family.name: family for family in text_string_to_metric_families(page)}
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert len(families) == page.count("# TYPE ")
    assert values["trunkline_alerts", "raised"] == 1
    assert values["trunkline_disk_free_bytes",] > 0
    assert values["trunkline_deliveries", "pending"] == 2
    assert values["trunkline_oldest_due_delivery_seconds",] == 30
    assert values["trunkline_ledger_entries", "valley"] == 2
    assert ("trunkline_ledger_signed_entries", "valley") not in values


async def test_one_sighting_is_followed_through_the_logs_to_the_phone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    message = a_message()
    await world.tell(world.ridge, message)
    async with world.database.transaction() as session:
        jobs = await claims.claim(session, DUSK + timedelta(seconds=5), 10)
    delivery, *_ = await world.rows(Delivery)
    async with world.database.transaction() as session:
        await handle_receipt(session, delivery.id, "shown", DUSK, DUSK)

    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    (raised,) = [line for line in lines if line.get("sighting") == str(message.id)]
    assert {job.subjects["sighting"] for job in jobs} == {str(message.id)}
    assert {job.subjects["alert"] for job in jobs} == {raised["alert"]}
    shown = [line for line in lines if line.get("delivery") == delivery.id]
    assert [line["alert"] for line in shown] == [raised["alert"]]
    assert raised["level"] == "info"


def test_a_line_stays_a_line_whatever_is_in_it() -> None:
    try:
        int("two\nlines")
    except ValueError as error:
        caught = (type(error), error, error.__traceback__)
    record = logging.LogRecord("api", logging.ERROR, "", 1, "bad\n%s", ("\u2028x",), caught)

    line = JsonLines().format(record)

    assert len(line.splitlines()) <= 2  # U+2028 is a separator to Python, none to JSON readers
    assert "\n" not in line
    assert json.loads(line)["error"].endswith(
        "ValueError: invalid literal for int() with base 10: 'two\\nlines'"
    )
