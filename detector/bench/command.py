"""The command `bench`: our whole way beside the bare network and ultralytics, in one run."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from detector.bench.contest import Contest, Side, SideError, hold
from detector.bench.sides import shape_of
from detector.release import Release

DISTINCT_FRAMES = 12
ULTRALYTICS_PYTHON = Path(".venv-train") / "bin" / "python"
ULTRALYTICS, TOLD_SHAPE = "ultralytics", "ultralytics wide"

complaints = Console(stderr=True)


def bench(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="also write the figures to this file")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="release name or folder; the newest if absent")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="cores per picture; all by default")
    ] = None,
    frames: Annotated[int, typer.Option(min=3, help="how many each side looks at")] = 40,
    pictures: Annotated[
        Path | None, typer.Option(help="folder whose pictures are enlarged; the drill footage")
    ] = None,
    ultralytics_python: Annotated[
        Path, typer.Option(help="a Python in which ultralytics is installed")
    ] = ULTRALYTICS_PYTHON,
) -> None:
    """Measure one release on this machine: JPEG of 1920 x 1080 to boxes, and what that is made of.

    Each side runs in a process of its own, and they take turns frame by frame. `whole` is our way
    from bytes to boxes, `bare` the network alone on a tensor that lies ready: nobody can be faster.
    `ultralytics` is its predict on the same file and bytes, called as its users call it; where that
    shows the network larger frames than ours, `ultralytics wide` takes part too: told our shape.
    Ratios are medians over the rounds.
    """
    from detector.bench.frames import camera_jpegs, footage_folder
    from detector.pictures import UnreadablePictureError
    from detector.release import ReleaseError, find_release, load_release

    try:
        release = load_release(find_release(model))
        with (
            TemporaryDirectory(prefix="trunkline-bench-") as scratch,
            Progress(console=complaints) as progress,
        ):
            folder = Path(scratch)
            drawn = camera_jpegs(pictures or footage_folder(), min(frames, DISTINCT_FRAMES))
            for number, data in enumerate(drawn):
                (folder / f"{number:03d}.jpg").write_bytes(data)
            sizes = [file.stat().st_size for file in folder.iterdir()]
            cores = threads or os.cpu_count() or 1
            sides, refused = sides_of(release.folder, cores, folder, ultralytics_python)
            task = progress.add_task("measuring", total=frames)
            contest = hold(sides, len(sizes), frames, lambda: progress.advance(task))
    except (ReleaseError, SideError, UnreadablePictureError) as error:
        complaints.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error
    figures = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "release": release.name,
        "input_size_px": release.input_size_px,
        "threads": cores,
        "frames": frames,
        "jpeg_kb": round(sum(sizes) / len(sizes) / 1000),
        **figures_of(contest, refused),
    }
    Console().print(as_table(figures))
    if json_file:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def sides_of(
    release_folder: Path, threads: int, frames: Path, ultralytics_python: Path
) -> tuple[list[Side], dict[str, str]]:
    """Return who takes part, by precision, and who cannot, with the reason."""
    from detector.release import MissingReleaseError, Precision, load_release

    sides: list[Side] = []
    refused: dict[str, str] = {}
    for precision in Precision:
        try:
            release = load_release(release_folder, precision)
        except MissingReleaseError as error:
            if precision is Precision.FP32:
                raise
            refused[precision] = str(error)
            continue
        ours = (sys.executable, "-m", "detector.bench.sides")
        for side in ("whole", "bare"):
            told = (side, str(release.folder), precision.value, str(threads), str(frames))
            sides.append(Side(f"{side} {precision}", (*ours, *told)))
        if not ultralytics_python.is_file():
            refused[f"{ULTRALYTICS} {precision}"] = (
                f"there is no {ultralytics_python}: make train-env sets one up"
            )
            continue
        theirs = (str(ultralytics_python), "-m", "detector.training.ultralytics_side")
        told_them = (str(release.path_onnx), str(threads), str(frames))
        for name, imgsz in _calls_of(release).items():
            told_size = map(str, imgsz)
            sides.append(Side(f"{name} {precision}", (*theirs, *told_them, *told_size)))
    return sides, refused


def _calls_of(release: Release) -> dict[str, tuple[int, ...]]:
    """Return the ways in which ultralytics is called on this file: its `imgsz` by name."""
    calls: dict[str, tuple[int, ...]] = {ULTRALYTICS: (release.input_size_px,)}
    width_px, height_px = shape_of(release)
    if width_px != height_px:
        calls[TOLD_SHAPE] = (height_px, width_px)
    return calls


def figures_of(contest: Contest, refused: dict[str, str]) -> dict[str, Any]:
    """Return every side's figures, the ratios that promise something, and who is missing, why."""
    ratios = {
        f"{precision}_{name}": contest.ratio(f"{of} {precision}", f"{to} {precision}")
        for precision in ("fp32", "int8")
        for name, of, to in (
            ("whole_over_bare", "whole", "bare"),
            ("ultralytics_over_whole", ULTRALYTICS, "whole"),
            ("ultralytics_wide_over_whole", TOLD_SHAPE, "whole"),
        )
    }
    ratios["bare_fp32_over_int8"] = contest.ratio("bare fp32", "bare int8")
    ratios["whole_fp32_over_int8"] = contest.ratio("whole fp32", "whole int8")
    return {
        "sides": {name: record.as_json() for name, record in contest.records.items()},
        "ratios": {name: ratio for name, ratio in ratios.items() if ratio},
        "not_measured": {**refused, **contest.not_measured},
    }


def as_table(figures: dict[str, Any]) -> Table:
    """Lay the figures out for a terminal."""
    said = [f"{name}: {one['wall']} ({one['cpu']} by CPU time)" for name, one in _ratios(figures)]
    missing = [f"{name} not measured: {why}" for name, why in figures["not_measured"].items()]
    table = Table(
        title=f"{figures['release']} at {figures['input_size_px']} px, "
        f"{figures['threads']} threads, {figures['frames']} frames of {figures['jpeg_kb']} kB",
        caption="\n".join([*said, *missing]),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("side", no_wrap=True)
    table.add_column("shown px", justify="right", min_width=7)
    for heading in ("start s", "p50 ms", "p95 ms", "CPU p50 ms", "RSS MB"):
        table.add_column(heading, justify="right")
    for name, side in figures["sides"].items():
        table.add_row(name, *_cells(side.values()))
    return table


def _ratios(figures: dict[str, Any]) -> Sequence[tuple[str, dict[str, float]]]:
    return [(name.replace("_", " "), ratio) for name, ratio in figures["ratios"].items()]


def _cells(values: Any) -> list[str]:
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return "×".join(map(str, value))
    return f"{value:.1f}"
