"""Who speaks on a phone, in a real Chromium: its own voice, else a clip, else nobody."""

from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from mobile_push.clips import FOLDER
from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert
from tests.mobile_push.phone_hands import posts_to, until, until_true

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]

CLIPS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.mp3"))

# Plays each as a page would, and measures what a loudspeaker would get.
PLAYS = """async paths => Promise.all(paths.map(async path => {
  const audio = new Audio(path);
  await new Promise((done, failed) => {
    audio.addEventListener("canplaythrough", done);
    audio.addEventListener("error", () => failed(new Error(`${path}: ${audio.error.message}`)));
  });
  const offline = new OfflineAudioContext(1, 1, 44100);
  const bytes = await (await fetch(path)).arrayBuffer();
  const sound = (await offline.decodeAudioData(bytes)).getChannelData(0);
  const loudest = sound.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return { path, seconds: audio.duration, loudest };
}))"""

# What is heard: the phone's voice, or a file of so many seconds.
LISTENS = """() => {
  window.heard = [];
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.heard.push({ file: this.buffer.duration });
    return start.apply(this, when);
  };
  speechSynthesis.speak = utterance => {
    window.heard.push({ voice: utterance.voice?.lang, text: utterance.text });
    if (window.voiceFails) utterance.onerror({ error: "network" });
  };
  window.SpeechSynthesisUtterance = class {
    constructor(text) { this.text = text; }
  };
}"""


def has_voice(lang: str, *, on_the_phone: bool) -> str:
    local = str(on_the_phone).lower()
    return f"() => speechSynthesis.getVoices = () => [{{ lang: '{lang}', localService: {local} }}]"


async def open_in(page: Page, server: FakeServer, language: str, *scripts: str) -> None:
    """Open the app anew, in a language, with something about its voices changed."""
    for script in (LISTENS, *scripts):
        await page.context.add_init_script(f"({script})()")
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id(f"language-{language}").check()
    await until(lambda: posts_to(server, "/me") == [{"language": language}])  # kept by then
    await page.reload()
    await page.get_by_test_id("tab-alerts").click()  # whoever touches it allows it to sound
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")


async def hears(page: Page) -> list[dict[str, Any]]:
    await until_true(page, "window.heard.length > 0")
    heard: list[dict[str, Any]] = await page.evaluate("window.heard")
    return heard


async def test_every_clip_plays_is_short_and_is_loud(page: Page) -> None:
    played = await page.evaluate(PLAYS, [f"/app/voice/{path}" for path in CLIPS])

    assert len(played) == len(CLIPS) > 0
    assert all(0.5 < one["seconds"] < 5 and one["loudest"] > 0.5 for one in played), played


async def test_a_phone_with_a_voice_uses_it_and_fetches_no_clip(
    page: Page, server: FakeServer
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await open_in(page, server, "si", has_voice("si_LK", on_the_phone=True))

    server.say(an_alert(id="new", captured_at=ago()))

    [said] = await hears(page)
    assert said["voice"] == "si_LK"
    assert "Mengman" in said["text"]
    await page.wait_for_timeout(3_500)  # by then a phone without a voice has fetched them
    assert not any("/voice/" in url for url in asked)
    await page.get_by_test_id("tab-settings").click()
    await expect(page.get_by_test_id("clips-only")).to_have_count(0)


async def test_a_phone_without_a_voice_plays_the_clip_of_the_level_without_a_signal_too(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await open_in(page, server, "si")
    kept = "caches.open('trunkline-voice').then(one => one.keys()).then(all => all.length === 6)"
    await until_true(page, kept)
    await page.get_by_test_id("tab-settings").click()
    await expect(page.get_by_test_id("clips-only")).to_be_visible()
    await phone.set_offline(True)
    await page.evaluate("location.hash = '#/alert/a1'")

    await page.get_by_test_id("listen").click()

    [heard] = await hears(page)
    assert 1 < heard["file"] < 5


async def test_a_voice_from_the_network_that_fails_leaves_the_word_to_the_clip(
    page: Page, server: FakeServer
) -> None:
    fails = "() => { window.voiceFails = true; }"
    await open_in(page, server, "hi", has_voice("hi-IN", on_the_phone=False), fails)

    server.say(an_alert(id="new", level="danger", captured_at=ago()))
    await until_true(page, "window.heard.length === 2")

    tried, heard = await hears(page)
    assert tried["voice"] == "hi-IN"
    assert heard["file"] > 1


@pytest.mark.parametrize("language", ["th", "lo", "my"])
async def test_where_nobody_speaks_the_language_the_phone_only_rings_and_says_so(
    page: Page, server: FakeServer, language: str
) -> None:
    await open_in(page, server, language, has_voice("en-GB", on_the_phone=True))
    await page.evaluate("addEventListener('trunkline-ring', () => window.rang = true)")

    server.say(an_alert(id="new", level="watch", captured_at=ago()))

    await until_true(page, "window.rang === true")
    await page.wait_for_timeout(1_000)  # after its bell of 0.8 s
    assert await page.evaluate("window.heard") == []
    await page.get_by_test_id("tab-settings").click()
    await expect(page.get_by_test_id("no-voice")).to_be_visible()
    await page.evaluate("location.hash = '#/alert/new'")
    await expect(page.get_by_test_id("alert-detail")).to_be_visible()
    await expect(page.get_by_test_id("listen")).to_have_count(0)
