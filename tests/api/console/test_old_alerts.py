"""An alert that nobody ended, in a real Chromium before a real server."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

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
