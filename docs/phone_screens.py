"""Every screen of the phone app in every language: `make phone-audit` renders and checks them."""

import asyncio
import sys
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
    for number, language in enumerate(languages(), 1):
        print(f"  screens in {language}, {number} of {len(languages())} languages", file=sys.stderr)
        sheets: dict[str, list[np.ndarray]] = {}
        async with looking(browser, server, Look(language)) as page:
            for screen in SCREENS:
                await turn_to(page, server, screen)
                for width, is_dark in product(WIDTHS, (False, True)):
                    name = f"{language}-{width}-{'dark' if is_dark else 'light'}"
                    sheets.setdefault(name, []).append(
                        await _picture(page, screen, width, is_dark=is_dark)
                    )
                    # Nothing moves in the dark.
                    found = [] if is_dark else await misfits(page)
                    problems += [f"{name} {screen}: {each}" for each in found]
        server.signed_in = True
        for name, pictures in sheets.items():
            _write_sheet(FOLDER / f"{name}.webp", pictures)
    return problems


async def _picture(page: Page, screen: str, width: int, *, is_dark: bool) -> np.ndarray:
    await page.set_viewport_size({"width": width, "height": Look().height})
    await page.emulate_media(color_scheme="dark" if is_dark else "light")
    await asyncio.sleep(0.3 if screen == "map" else 0)  # maps glide to their place
    jpeg = await page.screenshot(type="jpeg", quality=90)  # a third of the time of a PNG
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))


def _write_sheet(path: Path, pictures: list[np.ndarray]) -> None:
    """Lay the screens beside each other, small enough to be kept with the source."""
    height = max(picture.shape[0] for picture in pictures)
    gap = np.full((height, GAP_PX, 3), 128, np.uint8)
    row = [part for picture in pictures for part in (picture, gap)][:-1]
    sheet = cv2.resize(cv2.hconcat(row), None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
