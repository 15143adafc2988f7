"""The command `quantise`. What is heavy is imported only once it runs."""

from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

console = Console(stderr=True)


def quantise(
    model: Annotated[str, typer.Argument(help="release to extend: its name in models/, or folder")],
    calibrate: Annotated[Path, typer.Option(help="dataset whose pictures give the ranges")],
    split: Annotated[str, typer.Option(help="part of the dataset; never the judged one")] = "train",
    choose_on: Annotated[
        str, typer.Option(help="part whose pictures choose its thresholds; empty for the float's")
    ] = "val",
    pictures: Annotated[int, typer.Option(min=1, help="how many pictures to look at")] = 240,
    seed: Annotated[int, typer.Option(min=0, help="which pictures")] = 0,
) -> None:
    """Add an int8 network to a release: faster, a little less sure.

    Writes the ONNX file and the table [network_int8] of model.toml, with thresholds of its own
    (2 % false alarms per lighting, as `export` chooses the float network's). Needs the `train`
    extra. What it costs in accuracy, `trunkline-detector evaluate --precision int8` says.
    """
    try:
        import onnx  # noqa: F401
    except ImportError:
        _refuse("quantise needs the train extra; run .venv-train/bin/trunkline-detector quantise")
    from rich.progress import track

    from detector.pictures import UnreadablePictureError
    from detector.release import ReleaseError, find_release, load_release
    from detector.training import quantise as work
    from detector.training.calibration import choose_pictures
    from detector.training.dataset import DatasetError, read_dataset

    try:
        release = load_release(find_release(model))
        chosen = choose_pictures(read_dataset(calibrate, split=split), pictures, seed)
        if not chosen:
            _refuse(f"{calibrate} has no picture in part {split!r}")
        judged = read_dataset(calibrate, split=choose_on) if choose_on else []
        progress = partial(track, description="looking", console=console)
        small = work.quantise(release, chosen, judged=judged, seed=seed, track=progress)
    except (DatasetError, ReleaseError, UnreadablePictureError, work.UnknownNetworkError) as error:
        _refuse(str(error))
    console.print(
        f"{small.path_onnx}: {small.size_bytes / 1e6:.1f} MB, fp32 has "
        f"{release.size_bytes / 1e6:.1f} MB. Judge it: trunkline-detector evaluate {calibrate} "
        f"--model {small.folder} --precision int8",
        soft_wrap=True,
    )


def _refuse(reason: str) -> NoReturn:
    console.print(f"[red]error:[/] {escape(reason)}", soft_wrap=True)
    raise typer.Exit(2)
