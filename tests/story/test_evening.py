"""A herd passes: a researcher sees it by itself, and a villager's closed phone rings."""

import asyncio

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from api.demo.story import Night
from api.tables import Alert, AlertState, Answer, Delivery, Person
from mobile_push.software_phone import Payload
from tests.browser import CHROMIUM
from tests.story.evening import Evening

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.story,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

LONG_MS = 90_000


async def test_sightings_appear_by_themselves_with_their_boxes(evening: Evening) -> None:
    console = evening.console
    cards = console.get_by_test_id("detection-card")
    await expect(cards).to_have_count(3, timeout=LONG_MS)
    await expect(cards.first.locator(".box.elephant").first).to_be_visible(timeout=LONG_MS)
    await expect(cards.first.get_by_test_id("badge-drill")).to_be_visible()

    await console.get_by_test_id("tab-stations").click()
    rows = console.get_by_test_id("station-row")
    await expect(rows).to_have_count(3)
    await expect(rows.first.get_by_test_id("station-state")).to_be_visible()

    await console.get_by_test_id("tab-alerts").click()
    await expect(console.get_by_test_id("alert")).to_have_count(3, timeout=LONG_MS)


async def delivery_row(running: Night, payload: Payload) -> Delivery:
    async with running.database.transaction() as session:
        return await session.get_one(Delivery, payload["delivery_id"], populate_existing=True)


async def test_a_closed_phone_rings_and_its_answer_is_on_the_server(evening: Evening) -> None:
    running, chromium = evening.running, evening.villager
    outside = await chromium.context.new_page()
    await outside.goto(f"{running.url}/healthz")  # a page, but not the app: that is closed

    payload = await chromium.ring(outside)

    [title] = await chromium.titles_shown()
    assert title == payload["title"]
    assert title.startswith("DRILL: ")

    await chromium.tap("on_my_way")
    async with asyncio.timeout(LONG_MS / 1000):
        while (await delivery_row(running, payload)).acknowledged_at is None:  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.1)

    app = await chromium.context.new_page()
    await app.goto(f"{running.url}{payload['url']}")
    await expect(app.get_by_test_id("evidence")).to_be_visible()
    await expect(app.get_by_test_id("given-answers")).to_contain_text("Mei")

    delivery = await delivery_row(running, payload)
    async with running.database.transaction() as session:
        alert = await session.get(Alert, payload["alert_id"])
        answers = await session.execute(
            select(Person.name, Answer.kind)
            .join(Person, Person.id == Answer.person_id)
            .where(Answer.alert_id == payload["alert_id"])
        )
    steps = ("received_at", "shown_at", "opened_at", "acknowledged_at")
    moments = [getattr(delivery, step) for step in steps]
    assert None not in (delivery.sent_at, *moments)
    assert moments == sorted(moments)
    assert alert is not None
    assert alert.state == AlertState.ACKNOWLEDGED
    assert ("Mei", "on_my_way") in {tuple(row) for row in answers}
