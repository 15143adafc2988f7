"""`trunkline-detector scenes`: render labelled camera-trap scenes. Imports nothing heavy."""

import importlib.util
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from detector.training.scenes.recipe import (
    Kind,
    SceneRecipe,
    UnreadableRecipeError,
    draw_recipes,
    read_recipes,
)

NEEDED = ("numba", "cv2")


class KindChoice(StrEnum):
    """What `--kind` accepts."""

    MIX = "mix"
    ELEPHANT = "elephant"
    EMPTY = "empty"
    DEER = "deer"
    PERSON = "person"
    MOTORBIKE = "motorbike"


def scenes(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made if missing.")],
    *,
    sequences: Annotated[int, typer.Option(min=1, help="How many sequences to invent.")] = 20,
    frames: Annotated[int, typer.Option(min=1, max=200, help="Frames per sequence.")] = 8,
    kind: Annotated[KindChoice, typer.Option(help="What walks through.")] = KindChoice.MIX,
    night: Annotated[float, typer.Option(min=0, max=1, help="Share of nights.")] = 0.7,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same scenes.")] = 1,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels, strip included.")] = "640x480",
    supersampling: Annotated[float, typer.Option(min=1, max=3, help="Samples per pixel.")] = 1.5,
    recipe: Annotated[
        Path | None, typer.Option(help="TOML file with [[scene]] tables, instead of inventing.")
    ] = None,
    yolo: Annotated[
        bool, typer.Option("--yolo", help="Write images/, labels/, manifest.csv.")
    ] = False,
) -> None:
    """Render camera-trap scenes with exact boxes: training data, or footage for drills."""
    console = Console(stderr=True)
    wanted = _recipes(recipe, sequences, frames, kind, night, seed)
    width_px, height_px = _size(size)
    _refuse_without_renderer(console)

    from detector.training.scenes.camera import FrameSize
    from detector.training.scenes.folder import write_scenes

    total = sum(one.frames for one in wanted)
    with _progress(console) as progress:
        task = progress.add_task("rendering", total=total)
        write_scenes(
            out,
            wanted,
            size=FrameSize(width_px, height_px),
            supersampling=supersampling,
            yolo=yolo,
            on_frame=lambda: progress.advance(task),
        )
    console.print(f"{len(wanted)} sequences, {total} frames: {out / 'truth.json'}", soft_wrap=True)


def _recipes(
    path: Path | None, sequences: int, frames: int, kind: KindChoice, night: float, seed: int
) -> list[SceneRecipe]:
    if path is None:
        only = None if kind is KindChoice.MIX else Kind(kind.value)
        return list(draw_recipes(seed, sequences, frames=frames, night_share=night, kind=only))
    try:
        return read_recipes(path)
    except UnreadableRecipeError as error:
        raise typer.BadParameter(str(error), param_hint="--recipe") from error


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not like 640x480", param_hint="--size")
    width_px, height_px = int(match[1]), int(match[2])
    if min(width_px, height_px) < 64:
        raise typer.BadParameter("at least 64x64", param_hint="--size")
    return width_px, height_px


def _refuse_without_renderer(console: Console) -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return
    console.print(
        f"Rendering needs {' and '.join(missing)}: pip install 'trunkline[train]'",
        markup=False,
        soft_wrap=True,
    )
    raise typer.Exit(1)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console)
