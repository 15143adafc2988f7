"""Tiles that are shifted: what the app draws fits them, and a tap on them means the true place."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PWA = Path(__file__).parents[2] / "mobile_push" / "pwa"
RUN = Path(__file__).parent / "run_module.mjs"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(
        not (PWA.parents[1] / "node_modules" / "vite").is_dir(), reason="no Vite: make web"
    ),
]


def run(module: str, expression: str) -> Any:
    # Beside the packages it needs, as the app's own build is.
    command = ["node", "--input-type=module", "-", module, expression]
    done = subprocess.run(
        command, input=RUN.read_text(), cwd=PWA, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


# As published by others who wrote the same shift down: WGS 84, then GCJ-02.
KNOWN = [
    ([39.908823, 116.397470], [39.910226, 116.403714]),  # Beijing
    ([31.1774276, 121.5272106], [31.17530398364597, 121.531541859215]),  # Shanghai
    ([22.543847, 113.912316], [22.540796131694766, 113.9171764808363]),  # Shenzhen
    ([22.0, 100.8], [21.9970, 100.8015]),  # Xishuangbanna
]


@pytest.fixture(scope="module")
def shifted() -> Any:
    """Everything the tests ask, in one start of Node."""
    places = json.dumps([wgs84 for wgs84, _ in KNOWN])
    return run(
        "src/map/datum.ts",
        f"""m => {{
          const pair = p => [p.latitude, p.longitude];
          const at = ([latitude, longitude]) => ({{ latitude, longitude }});
          const rounds = [];
          for (let n = 0; n < 2000; n++) {{
            const place = at([4 + (n * 7.31) % 48, 75 + (n * 3.77) % 60]);
            const back = m.fromTiles(m.onTiles(place, "gcj02"), "gcj02");
            const off = [back.latitude - place.latitude, back.longitude - place.longitude];
            rounds.push(Math.hypot(...off));
          }}
          return {{
            known: {places}.map(p => pair(m.onTiles(at(p), "gcj02"))),
            worst: Math.max(...rounds),
            colombo: pair(m.onTiles(at([6.93, -79.85]), "gcj02")),
            plain: pair(m.onTiles(at([22, 100.8]), "wgs84")),
          }};
        }}""",
    )


def test_known_places_are_shifted_as_others_shift_them(shifted: Any) -> None:
    for (_, expected), found in zip(KNOWN, shifted["known"], strict=True):
        assert found == pytest.approx(expected, abs=2e-5 if len(str(expected[0])) > 8 else 1.5e-3)


def test_there_and_back_is_the_same_place_to_a_millimetre(shifted: Any) -> None:
    assert shifted["worst"] < 1e-8  # degrees


def test_true_tiles_and_places_far_from_china_are_left_alone(shifted: Any) -> None:
    assert shifted["colombo"] == [6.93, -79.85]
    assert shifted["plain"] == [22, 100.8]
