"""An alert that nobody ended, in a real Chromium before a real server."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from api.deliveries import insisting
from api.deliveries.tables import EscalationStep
from tests.api.console.desk import READY_WITHIN_MS, desk
from tests.api.world import DUSK, a_message
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


async def test_yesterdays_danger_stands_below_tonights_warning_and_says_why(tmp_path: Path) -> None:
    tonight = DUSK + timedelta(days=1)
    async with desk(tmp_path, events=1, frames=1, tab="alerts") as at:
        await at.world.tell(at.world.ridge, a_message("elephant", "person"))
        await at.world.tell(at.world.ridge, a_message(captured_at=tonight), now=tonight)
        await at.page.reload()

        states = at.page.get_by_test_id("alert-state")
        await expect(states).to_have_text(["Raised", "Old, never cleared"], timeout=READY_WITHIN_MS)
        await expect(at.page.get_by_test_id("alert-level")).to_have_text(["Warning", "Danger"])
        await expect(at.page.get_by_test_id("tab-alerts")).to_contain_text("1")


async def test_that_others_were_rung_because_nobody_answered_appears_by_itself(
    tmp_path: Path,
) -> None:
    tonight = DUSK + timedelta(days=1)
    async with desk(tmp_path, events=1, frames=1, tab="alerts") as at:
        step = {"after_s": 60, "from_level": "watch", "role": "ranger"}
        await at.world.add(EscalationStep(site_id="valley", person_ids=[], channels=[], **step))
        await at.world.tell(at.world.ridge, a_message(captured_at=tonight), now=tonight)
        states = at.page.get_by_test_id("alert-state")
        await expect(states).to_have_text(["Raised"], timeout=READY_WITHIN_MS)
        await expect(at.page.get_by_test_id("alert-escalated")).to_have_count(0)
        async with at.world.database.transaction() as session:
            await insisting.escalate_due(session, tonight + timedelta(seconds=70))

        told = at.page.get_by_test_id("alert-escalated")
        await expect(told).to_contain_text("others were rung", timeout=READY_WITHIN_MS)
