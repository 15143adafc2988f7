"""Judge the phone app in a real Chromium: `make phone-audit`. Exits 1 if it falls short.

Size, first view on a slow phone and link, axe on every screen, what does not fit in any language,
whether it can be installed, and Lighthouse where its npm package is installed. The last line is
one JSON object; the sheets of screens are kept in docs/images/phone/.
"""

import asyncio
import gzip
import json
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserType, async_playwright, expect

from docs.phone_screens import render
from tests.browser import ARGUMENTS, CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer
from tests.mobile_push.phone_world import SCREENS, Look, an_evening, looking, turn_to, violations

LARGEST_KB = 150
LONGEST_FIRST_VIEW_S = 3.0
LEAST_SCORE = 95
# WebPageTest's "3G": 1.6 Mbit/s down, 768 kbit/s up, 300 ms.
LINK_3G = {"downloadThroughput": 200_000, "uploadThroughput": 96_000, "latency": 300}
SLOWER = 4
ROUNDS = 3
ROOT = Path(__file__).parents[1]
PATIENCE_MS = 60_000  # a shared machine may be busy; what is measured is measured otherwise
LIGHTHOUSE = ROOT / ".venv" / "lighthouse"
T = TypeVar("T")


def size_kb() -> dict[str, float]:
    """Return kilobytes as they travel, gzipped: of the first view, of the map, of all."""
    packed = {
        path.relative_to(DIST).as_posix(): len(gzip.compress(path.read_bytes(), 6)) / 1000
        for path in DIST.rglob("*")
        if path.is_file()
    }
    tongues = {name: kb for name, kb in packed.items() if _is_language(name)}
    code = {name: kb for name, kb in packed.items() if name.endswith((".js", ".css", ".html"))}
    maps = {name: kb for name, kb in code.items() if "chart" in name or "tiles" in name}
    clips = {name: kb for name, kb in packed.items() if name.startswith("voice/")}
    most_clips = max(_of_each_folder(clips).values())
    page = (DIST / "index.html").read_text()
    first = {name: kb for name, kb in code.items() if name == "index.html" or name in page}
    return {
        "first_view": round(sum(first.values()), 1),
        "map_and_tiles": round(sum(maps.values()), 1),
        "largest_language": round(max(tongues.values()), 1),
        "everything_in_one_language": round(
            sum(code.values()) - sum(tongues.values()) + max(tongues.values()), 1
        ),
        "clips_of_one_language": round(most_clips, 1),
        # All eight languages: what the service worker fetches for days offline, and itself. Of the
        # spoken clips a phone without a voice keeps those of its language, the others none.
        "kept_on_the_phone": round(
            sum(kb for name, kb in packed.items() if not name.endswith((".png", ".mp3")))
            + most_clips,
            1,
        ),
    }


def _of_each_folder(sizes: dict[str, float]) -> dict[Path, float]:
    folders = {Path(name).parent for name in sizes}
    return {
        folder: sum(kb for name, kb in sizes.items() if Path(name).parent == folder)
        for folder in folders
    }


def _is_language(name: str) -> bool:
    stem = name.removeprefix("assets/").split(".")[0]
    folder = ROOT / "mobile_push" / "phrases"
    return any(stem.startswith(f"{path.stem}-") for path in folder.glob("*.json"))


async def first_view_s(browser: Browser, server: FakeServer) -> list[float]:
    """Return how long a new phone waits for the first alert, several times over."""
    took = []
    for _ in range(ROUNDS):
        context = await browser.new_context(viewport={"width": 360, "height": 740})
        page = await context.new_page()
        tools = await context.new_cdp_session(page)
        await tools.send("Network.enable")
        await tools.send("Network.emulateNetworkConditions", {"offline": False, **LINK_3G})
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        began = time.perf_counter()
        await page.goto(f"{server.origin}/app/", wait_until="commit")
        await page.get_by_test_id("alert").first.wait_for()
        took.append(round(time.perf_counter() - began, 2))
        await context.close()
    return took


async def axe(browser: Browser, server: FakeServer) -> list[str]:
    """Return what axe finds on every screen, light and dark."""
    found = []
    for dark in (False, True):
        async with looking(browser, server, Look(width=360, dark=dark)) as page:
            for screen in SCREENS:
                await turn_to(page, server, screen)
                look = "dark" if dark else "light"
                found += [f"{screen} {look}: {one}" for one in await violations(page)]
        server.signed_in = True
    return found


async def installable(browser: Browser, server: FakeServer) -> list[str]:
    """Return what keeps the app from being installed, in Chromium's own words."""
    page = await browser.new_page()
    await page.goto(f"{server.origin}/app/")
    await expect(page.get_by_test_id("link")).to_be_visible()
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    tools = await page.context.new_cdp_session(page)
    said = await tools.send("Page.getInstallabilityErrors")
    manifest = await tools.send("Page.getAppManifest")
    await page.close()
    return [
        error["errorId"]
        for error in said["installabilityErrors"]
        if error["errorId"] != IN_INCOGNITO
    ] + [error["message"] for error in manifest["errors"]]


IN_INCOGNITO = "in-incognito"  # what this program's windows are


async def lighthouse(server: FakeServer) -> dict[str, int] | None:
    """Return Lighthouse's scores of 100; None where it is not installed."""
    program = LIGHTHOUSE / "node_modules" / ".bin" / "lighthouse"
    if not program.is_file() or CHROMIUM is None:
        return None
    report = LIGHTHOUSE / "report.json"
    command = [
        str(program), f"{server.origin}/app/", "--quiet", "--output=json",
        f"--output-path={report}", "--only-categories=performance,accessibility,best-practices",
        f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}",
    ]  # fmt: skip
    environment = {"CHROME_PATH": CHROMIUM, "PATH": _path()}
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    if await process.wait() != 0:
        return None
    said: dict[str, Any] = json.loads(report.read_text())
    return {name: round(100 * one["score"]) for name, one in said["categories"].items()}


def _path() -> str:
    node = shutil.which("node")
    return f"{Path(node).parent if node else ''}:/usr/bin:/bin"


async def step(name: str, work: Awaitable[T]) -> T:
    """Say what is being done, and how long it took."""
    began = time.perf_counter()
    print(f"{name} …", file=sys.stderr)
    done = await work
    print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return done


async def judge(chromium: BrowserType) -> dict[str, Any]:
    """Do all of it, and say what falls short."""
    browser = await chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    async with FakeServer() as server:
        an_evening(server)
        sizes = size_kb()
        views = await step("First view on a slow phone and link", first_view_s(browser, server))
        says: dict[str, Any] = {"size_kb": sizes, "first_view_s": views}
        says["axe"] = await step("axe on every screen", axe(browser, server))
        says["not_installable"] = await step("Installing", installable(browser, server))
        says["misfits"] = await step("Every screen, every language", render(browser, server))
        await browser.close()
        says["lighthouse"] = await step("Lighthouse", lighthouse(server))
    scores = says["lighthouse"] or {}
    says["ok"] = (
        sizes["kept_on_the_phone"] <= LARGEST_KB
        and statistics.median(views) <= LONGEST_FIRST_VIEW_S
        and not (says["axe"] or says["not_installable"] or says["misfits"])
        and all(score >= LEAST_SCORE for score in scores.values())
    )
    return says


async def main() -> None:
    """Print what was found, the whole of it as JSON in the last line."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed; try: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        says = await judge(playwright.chromium)
    for kind in ("axe", "not_installable", "misfits"):
        for each in says[kind]:
            print(f"{kind}: {each}", file=sys.stderr)
    if says["lighthouse"] is None:
        print("Lighthouse is not installed here; try: make phone-audit LIGHTHOUSE=1")
    print(json.dumps(says, ensure_ascii=False))
    raise SystemExit(0 if says["ok"] else 1)


if __name__ == "__main__":
    asyncio.run(main())
