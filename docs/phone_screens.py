"""Every screen of the phone app in every language: `make phone-audit` renders and checks them."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from playwright.async_api import Browser, Page

from mobile_push.phrases import languages
from tests.mobile_push.fake_server import FakeServer
from tests.mobile_push.phone_world import SCREENS, Look, looking, misfits, turn_to

FOLDER = Path(__file__).parent / "images" / "phone"
WIDTHS = (320, 412)
QUALITY = 38
SCALE = 0.75  # all sheets together stay below 3 MB
GAP_PX = 8


async def render(browser: Browser, server: FakeServer) -> list[str]:
    """Write a sheet of all screens for each language, width and light; return what does not fit."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    problems = []
    looks = [Look(*each) for each in product(languages(), WIDTHS, (False, True))]
    for number, look in enumerate(looks, 1):
        name = f"{look.language}-{look.width}-{'dark' if look.dark else 'light'}"
        print(f"\r{number} of {len(looks)} sheets: {name:24}", end="", flush=True)
        pictures = []
        async with looking(browser, server, look) as page:
            async for screen, picture in _screens(page, server):
                pictures.append(picture)
                problems += [f"{name} {screen}: {each}" for each in await misfits(page)]
        _write_sheet(FOLDER / f"{name}.webp", pictures)
    print(flush=True)
    return problems


async def _screens(page: Page, server: FakeServer) -> AsyncIterator[tuple[str, np.ndarray]]:
    for screen in SCREENS:
        await turn_to(page, server, screen)
        await asyncio.sleep(0.3 if screen == "map" else 0)  # maps glide to their place
        png = await page.screenshot()
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        yield screen, np.asarray(picture)
    server.signed_in = True


def _write_sheet(path: Path, pictures: list[np.ndarray]) -> None:
    """Lay the screens beside each other, small enough to be kept with the source."""
    height = max(picture.shape[0] for picture in pictures)
    gap = np.full((height, GAP_PX, 3), 128, np.uint8)
    row = [part for picture in pictures for part in (picture, gap)][:-1]
    sheet = cv2.resize(cv2.hconcat(row), None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
