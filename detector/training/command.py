"""The commands `train` and `export`. What is heavy is imported only once a command runs."""

import logging
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console(stderr=True)

HARD_FROM = 0.1  # the score from which a picture without elephants is worth more showing


def train(
    dataset: Annotated[Path, typer.Argument(help="folder with manifest.csv, parts train and val")],
    start: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="checkpoint to start from (80 classes)"),
    ],
    teacher: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="stock one that labels other classes")
    ],
    scenes: Annotated[
        list[Path] | None, typer.Option(help="folder of rendered scenes; may be repeated")
    ] = None,
    run: Annotated[Path, typer.Option(help="where everything is kept")] = Path("runs/elephant"),
    epochs: Annotated[int, typer.Option(min=1)] = 4,
    size_px: Annotated[int, typer.Option(min=32, help="a multiple of 32")] = 512,
    night_repeats: Annotated[int, typer.Option(min=1, help="shows of real night elephants")] = 2,
    films: Annotated[
        list[Path] | None, typer.Option(help="film whose empty place composites use; repeatable")
    ] = None,
    composites: Annotated[
        int, typer.Option(min=0, help="cut-out animals stood into night pictures")
    ] = 0,
    learning_rate: Annotated[float, typer.Option(min=1e-6, max=1e-2)] = 2e-4,
    like: Annotated[
        str | None, typer.Option(help="release whose way of looking the jury has; newest if absent")
    ] = None,
    partner: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="pulls at all weights in every step"),
    ] = None,
    pull: Annotated[
        float, typer.Option(min=0, max=1, help="how far --partner pulls in one epoch")
    ] = 0.2,
    seed: int = 0,
) -> None:
    """Fine-tune a checkpoint, then average it with its start as the val part of DATASET prefers.

    Epochs and averages are judged as releases: in frames of the same shape, with rivals, a second
    look and one threshold per lighting.

    Writes RUN/weights/epochN.pt and RUN/averaged.pt. Needs the `train` extra.
    """
    os.environ.setdefault("YOLO_OFFLINE", "true")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    import numpy as np

    from detector.release import ReleaseError, find_release, load_release
    from detector.training import average, crowd, folder
    from detector.training import dataset as labelled
    from detector.training.partner import Partner
    from detector.training.scoring import Jury, TorchEyes, deceiving
    from detector.training.teacher import stock_teacher
    from detector.training.train import Recipe, fine_tune

    try:
        release = load_release(find_release(like))
        pictures = labelled.read_dataset(dataset, split="train")
        for extra in scenes or []:
            pictures += labelled.read_dataset(extra)
        judged = labelled.read_dataset(dataset, split="val")
        jury = Jury(judged, eyes=partial(TorchEyes, release))
    except (labelled.DatasetError, ReleaseError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error

    network = average.load_network(start)
    console.print("looking for pictures without elephants that the start takes for some")
    hard = deceiving(pictures, TorchEyes(release.looking_once(), network), from_score=HARD_FROM)
    console.print(f"{len(hard)} of them will be shown more often")
    prepared = folder.prepare(
        pictures,
        run / "folder",
        names=network.names,
        teacher=stock_teacher(teacher),
        night_repeats=night_repeats,
        hard=hard,
    )
    console.print(f"{prepared.pictures} pictures an epoch, {prepared.taught_boxes} taught boxes")
    if composites:
        made = crowd.add_composites(prepared, composites, np.random.default_rng(seed), films or [])
        console.print(f"and {made} composites")
    recipe = Recipe(
        epochs=epochs,
        size_px=size_px,
        learning_rate=learning_rate,
        seed=seed,
        partner=Partner(partner, pull) if partner else None,
    )
    weights = fine_tune(start, prepared.data_yaml, jury, run, recipe)

    first, tuned = average.load_network(start), average.load_network(weights / "best.pt")
    shares = [0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0]
    mixtures = average.choose(first, tuned, shares, jury)
    for mixture in mixtures:
        console.print(f"share {mixture.share:.2f}  {mixture.standing}")
    average.save_network(average.mix(first, tuned, mixtures[0].share), run / "averaged.pt")
    console.print(f"best share {mixtures[0].share:.2f}, saved as {run / 'averaged.pt'}")


def export(
    checkpoint: Annotated[Path, typer.Argument(help="averaged.pt of a training run")],
    dataset: Annotated[Path, typer.Argument(help="its val part chooses the thresholds")],
    folder: Annotated[Path, typer.Option(help="release to write, named as it will be called")],
    size_px: Annotated[int, typer.Option(min=32, help="input size, a multiple of 32")] = 640,
    false_alarm_rate: Annotated[
        float, typer.Option(min=0, max=1, help="share of pictures without elephants that may ring")
    ] = 0.02,
    unsure_from: Annotated[
        float | None, typer.Option(min=0.01, max=0.9, help="look twice from this confidence on")
    ] = None,
    sure_from: Annotated[
        float, typer.Option(min=0.1, max=0.99, help="and up to this one; see --unsure-from")
    ] = 0.9,
    rival_weight: Annotated[
        float, typer.Option(min=0, max=100, help="what another animal takes from an elephant")
    ] = 3.0,
    base_weights: str = "yolo26n (COCO, AGPL-3.0)",
    about_dataset: Annotated[str, typer.Option(help="one line on the training pictures")] = "",
) -> None:
    """Write a checkpoint as a release: elephant.onnx, and model.toml with thresholds from val.

    Needs the `train` extra. What the release is worth, `trunkline-detector evaluate` says.
    """
    os.environ.setdefault("YOLO_OFFLINE", "true")
    from detector.second_look import SecondLook
    from detector.training.average import load_network
    from detector.training.dataset import DatasetError, read_dataset
    from detector.training.export import (
        NETWORK_FILE,
        Origin,
        UnfaithfulError,
        write_onnx,
        write_release,
    )

    try:
        judged = read_dataset(dataset, split="val")
        folder.mkdir(parents=True, exist_ok=True)
        write_onnx(load_network(checkpoint), folder / NETWORK_FILE, size_px=size_px)
    except (DatasetError, UnfaithfulError) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    origin = Origin(folder.name, datetime.now(UTC).date(), base_weights, about_dataset)
    thresholds = write_release(
        folder,
        origin,
        judged,
        size_px=size_px,
        false_alarm_rate=false_alarm_rate,
        rival_weight=rival_weight,
        second_look=None if unsure_from is None else SecondLook(unsure_from, sure_from),
    )
    for lighting, threshold in thresholds.items():
        console.print(f"{lighting}: from {threshold:.3f}")
    console.print(f"{folder} is written; judge it: trunkline-detector evaluate {dataset}")
