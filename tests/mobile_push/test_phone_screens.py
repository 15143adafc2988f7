"""Every screen in every language on the smallest phone: it fits, and everybody can use it."""

import asyncio

import pytest
from playwright.async_api import Browser

from mobile_push.phrases import languages
from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer
from tests.mobile_push.phone_world import (
    AXE,
    SCREENS,
    Look,
    an_evening,
    looking,
    misfits,
    turn_to,
    violations,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]


AT_ONCE = 4  # most of the time each waits for its own screen to be drawn


async def misfits_in(browser: Browser, language: str) -> list[str]:
    async with FakeServer() as server:
        an_evening(server)
        found = []
        async with looking(browser, server, Look(language)) as page:
            for screen in SCREENS:
                await turn_to(page, server, screen)
                found += [f"{language} {screen}: {each}" for each in await misfits(page)]
    return found


async def test_nothing_leaves_its_place_in_any_language(browser: Browser) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(language: str) -> list[str]:
        async with turn:
            return await misfits_in(browser, language)

    found = await asyncio.gather(*map(in_turn, languages()))
    assert [each for ones in found for each in ones] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_no_obstacle(browser: Browser, server: FakeServer, dark: bool) -> None:
    assert AXE.is_file(), "axe-core is not installed: npm ci"
    an_evening(server)
    found = []
    async with looking(browser, server, Look(width=360, dark=dark)) as page:
        for screen in SCREENS:
            await turn_to(page, server, screen)
            found += [f"{screen}: {each}" for each in await violations(page)]

    assert found == []
