"""Whom nobody could ring, as the ranger station sees it: a real server, a real Chromium."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from api.tables import Delivery, DeliveryState, Phone, Role
from tests.api.console.desk import READY_WITHIN_MS, a_page, serving
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


async def join(page: Page, name: str) -> None:
    await page.get_by_test_id("person-name").fill(name)
    await page.locator("[data-testid=join], [data-testid=sign-in-submit]").click()


async def test_a_dead_and_a_silent_phone_are_named_in_the_rangers_app_and_in_the_console(
    shell: Shell, world: World
) -> None:
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        mai, bo = (await session.scalars(select(Phone).order_by(Phone.id))).all()
        mai.gone_at = DUSK
        bo.last_reached_at = DUSK - timedelta(days=1)
        for delivery in await session.scalars(select(Delivery)):
            delivery.state, delivery.sent_at = DeliveryState.SENT, DUSK
    shell.clock.wind(hours=1)
    ranger, operator = await shell.invite(Role.RANGER), await shell.invite(Role.OPERATOR)

    async with serving(shell.parts) as url:
        async with a_page(f"{url}/app/#/join/{ranger}") as app:
            await join(app, "Yan")
            await app.get_by_test_id("tab-settings").click(timeout=READY_WITHIN_MS)
            await app.get_by_test_id("to-reach").click()
            await expect(app.get_by_test_id("reach-gone")).to_contain_text("Phone is gone: 1Mai")
            silent = app.get_by_test_id("reach-missed")
            await expect(silent).to_contain_text("Did not ring last time: 1Bo25 h ago")
        async with a_page(f"{url}/console/#/join/{operator}") as console:
            await join(console, "Li")
            await console.get_by_test_id("tab-fleet").click(timeout=READY_WITHIN_MS)
            await console.get_by_test_id("fleet-reach").click()
            rows = console.get_by_test_id("reach-row")
            await expect(rows.filter(has_text="Mai")).to_contain_text("gone")
            await expect(rows.filter(has_text="Bo")).to_contain_text("did not ring last time")
