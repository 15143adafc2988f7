from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.demo.story import Night, Plan, night


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    """The real server with phones that answer; its stations wait for `send_the_herd`."""
    plan = Plan(folder=tmp_path / "demo", say=lambda _: None, speed=0)
    async with night(plan) as running:
        yield running
