import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from detector.detection import Label, Lighting
from detector.release import load_release

MODELS = Path(__file__).parents[3] / "models"
RELEASES = sorted(path.parent for path in MODELS.glob("*/model.toml"))


def test_there_is_a_release() -> None:
    assert RELEASES


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_a_committed_network_is_the_one_its_description_names(folder: Path) -> None:
    described = tomllib.loads((folder / "model.toml").read_text())["network"]
    data = (folder / described["file"]).read_bytes()

    assert hashlib.sha256(data).hexdigest() == described["sha256"]
    assert len(data) == described["bytes"]
    assert len(data) < 11_000_000  # what a station fetches over a thin link


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_a_committed_release_can_be_used_in_every_light(folder: Path) -> None:
    release = load_release(folder)

    assert release.name == folder.name
    assert set(release.thresholds) == set(Lighting)
    assert set(release.classes.values()) == set(Label)


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_a_release_comes_with_its_figures_and_those_of_the_stock_network(folder: Path) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())

    assert metrics["release"] == folder.name
    ours, stock = (one["groups"]["night_ir"] for one in (metrics, metrics["baselines"]["stock"]))
    assert (ours["positives"], ours["negatives"]) == (stock["positives"], stock["negatives"])
    assert ours["image_recall"] > stock["image_recall"]


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_the_card_quotes_the_figures_of_the_metrics_file(folder: Path) -> None:
    card = (folder / "MODEL_CARD.md").read_text()
    groups = json.loads((folder / "metrics.json").read_text())["groups"]

    for name in ("all", "day", "night_ir", "thermal"):
        (row,) = [line for line in card.splitlines() if line.startswith(f"| {name} |")]
        assert f"{groups[name]['image_recall']:.0%}" in row
        assert f"{groups[name]['false_alarm_rate']:.1%}" in row
