"""Writing rendered sequences to disk: JPEGs, the truth file and, if asked for, YOLO labels."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2

from detector.training.scenes.arrays import Pixels
from detector.training.scenes.camera import FrameSize
from detector.training.scenes.cast import choose_cast
from detector.training.scenes.recipe import SceneRecipe
from detector.training.scenes.render import render
from detector.training.scenes.truth import FrameTruth, SceneTruth, SequenceTruth
from detector.training.scenes.yolo import is_clear, write_yolo

JPEG_QUALITY = 82
TRUTH_FILE = "truth.json"


def write_scenes(
    out: Path,
    recipes: Iterable[SceneRecipe],
    *,
    size: FrameSize,
    supersampling: float,
    yolo: bool,
    on_frame: Callable[[], None],
) -> SceneTruth:
    """Render every recipe below `out` and return the truth that was written.

    Pictures go to `<sequence>/NN.jpg`, with `yolo` to `images/<sequence>-NN.jpg`. For training,
    frames that are not clear are left out everywhere: a wrong label teaches more than none.
    """
    out.mkdir(parents=True, exist_ok=True)
    sequences = []
    for recipe in recipes:
        frames = []
        for number, picture in enumerate(render(recipe, size=size, supersampling=supersampling)):
            name = f"images/{recipe.id}-{number:02d}" if yolo else f"{recipe.id}/{number:02d}"
            file = f"{name}.jpg"
            frame = FrameTruth(file=file, seconds=picture.seconds, animals=picture.animals)
            if is_clear(frame) or not yolo:
                _write_jpeg(out / file, picture.pixels)
                frames.append(frame)
            on_frame()
        sequences.append(_sequence(recipe, frames))
    truth = _gathered(size, sequences)
    truth.write(out / TRUTH_FILE)
    if yolo:
        write_yolo(out, truth)
    return truth


def _gathered(size: FrameSize, sequences: list[SequenceTruth]) -> SceneTruth:
    return SceneTruth(
        width_px=size.width_px,
        height_px=size.height_px,
        strip_height_px=size.strip_px,
        sequences=tuple(sequence for sequence in sequences if sequence.frames),
    )


def _sequence(recipe: SceneRecipe, frames: list[FrameTruth]) -> SequenceTruth:
    return SequenceTruth(
        id=recipe.id,
        kind=recipe.kind,
        lighting=recipe.lighting,
        herd_size=choose_cast(recipe).herd_size,
        site_seed=recipe.site_seed,
        cast_seed=recipe.cast_seed,
        frames=tuple(frames),
    )


def _write_jpeg(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
        raise OSError(f"cannot write {path}")
