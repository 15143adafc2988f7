"""`trunkline-detector appearance`: looks of animals, and what they are worth."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.table import Table

from detector.detection import BoundingBox

appearance = typer.Typer(
    help="Compare what elephants look like: a help for the eye, no proof of who it is.",
    no_args_is_help=True,
)
Model = Annotated[
    str | None, typer.Option(help="A release: its name in models/ or its folder; else the newest.")
]


@appearance.command()
def serve(model: Model = None) -> None:
    """Answer lines with lines, as JSON: the server keeps this running beside itself.

    In: {"picture": file, "box": [left, top, width, height]}, fractions of the frame; the first
    line out names the release, then for each line in {"looks": [...]} or {"problem": why}.
    """
    opened = _open(model)
    _say({"release": opened.release.name}, sys.stdout)
    for line in sys.stdin:
        _say(_answer(opened, line), sys.stdout)


@appearance.command()
def judge(
    dataset: Annotated[Path, typer.Argument(help="Folder with images/, labels/, manifest.csv.")],
    model: Model = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to this file.")
    ] = None,
) -> None:
    """Measure how often looks lead back to the same sequence, and how often the background does.

    Sequences stand in for individuals: nobody knows whether another visit would be recognised.
    """
    from detector.evaluation.likeness import judge as judged
    from detector.training.dataset import DatasetError, read_dataset

    try:
        pictures = read_dataset(dataset)
    except DatasetError as error:
        _refuse(str(error))
    found = judged(_open(model), pictures)
    table = Table(
        "light", "looks of", "pictures", "sequences", "rank 1", "by lot", "rank 5", "by lot"
    )
    for one in found:
        table.add_row(
            one.lighting,
            one.what,
            str(one.asked),
            f"{one.sequences} of {one.among}",
            f"{one.first:.2f}",
            f"{one.chance_first:.2f}",
            f"{one.among_few:.2f}",
            f"{one.chance_among_few:.2f}",
        )
    Console().print(table)
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")


def _open(model: str | None) -> Any:
    from detector.appearance import Appearance
    from detector.release import ReleaseError, find_release, load_release

    try:
        return Appearance(load_release(find_release(model)))
    except ReleaseError as error:
        _refuse(str(error))


def _answer(opened: Any, line: str) -> dict[str, Any]:
    from detector.appearance import TooSmallError
    from detector.pictures import UnreadablePictureError, read_picture

    try:
        asked = json.loads(line)
        box = BoundingBox(*map(float, asked["box"]))
        looks = opened.of(read_picture(Path(asked["picture"])), box)
    except (UnreadablePictureError, TooSmallError) as error:
        return {"problem": str(error)}
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        return {"problem": f"this is no question: {error}"}
    return {"looks": [round(float(value), 6) for value in looks]}


def _say(what: dict[str, Any], to: TextIO) -> None:
    to.write(json.dumps(what) + "\n")
    to.flush()


def _refuse(reason: str) -> Any:
    sys.stderr.write(f"error: {reason}\n")
    raise typer.Exit(2)
