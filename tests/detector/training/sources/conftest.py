import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detector.pictures import Pixels

DrawScene = Callable[..., Pixels]
AddPicture = Callable[..., Path]

ORDINARY = {
    "split": "train",
    "lighting": "day",
    "partial": "0",
    "sequence_id": "",
    "site": "",
    "source_repo": "ours/night",
    "licence": "CC0-1.0",
}


@pytest.fixture
def scene() -> DrawScene:
    """Draws a picture with structure at every size, another one for each seed."""

    def draw(seed: int, width: int = 320, height: int = 240) -> Pixels:
        random = np.random.default_rng(seed)
        pixels = np.zeros((height, width, 3), np.float32)
        for cells in (3, 6, 12, 24, 48):
            noise = random.normal(size=(cells, cells, 3)).astype(np.float32)
            pixels += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        low, high = pixels.min(), pixels.max()
        return np.asarray(255 * (pixels - low) / (high - low), np.uint8)

    return draw


@pytest.fixture
def add_picture(scene: DrawScene) -> AddPicture:
    """Adds a picture, its labels and its row to a dataset folder."""
    count = 0

    def add(
        folder: Path,
        name: str,
        labels: str | None = "0 0.5 0.5 0.2 0.2\n",
        pixels: Pixels | None = None,
        **cells: Any,
    ) -> Path:
        nonlocal count
        count += 1
        row = {**ORDINARY, **cells}
        path: Path = folder / row["split"] / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), scene(1000 + count) if pixels is None else pixels)
        if labels is not None:
            beside = path.parent.parent / "labels" / f"{path.stem}.txt"
            beside.parent.mkdir(exist_ok=True)
            beside.write_text(labels)
        _append(folder / "manifest.csv", {"file": f"{row['split']}/images/{name}", **row})
        return path

    return add


def _append(manifest: Path, row: dict[str, Any]) -> None:
    is_new = not manifest.exists()
    with manifest.open("a", newline="") as file:
        writer = csv.DictWriter(file, ["file", *ORDINARY, "n_boxes"], restval="")
        if is_new:
            writer.writeheader()
        writer.writerow(row)
