"""axe, the usual checker of accessibility, over an open page."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"


async def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now, one sentence each."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci`")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {node['target']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
