"""`trunkline-detector appearance`: looks of animals, and what they are worth."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from detector.detection import BoundingBox
from detector.pictures import UnreadablePictureError, read_picture

if TYPE_CHECKING:
    from detector.appearance import Appearance, Vector

appearance = typer.Typer(
    help="Compare what elephants look like: a help for the eye, no proof of who it is.",
    no_args_is_help=True,
)
Model = Annotated[
    str | None, typer.Option(help="A release: its name in models/ or its folder; else the newest.")
]


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


@appearance.command()
def compare(model: Model = None) -> None:
    """Say how much the animals of a list look like the first of it.

    Reads a JSON list of {"picture": FILE, "box": [left, top, width, height]} (fractions of the
    picture) from standard input. Prints {"release", "likeness"}: 1 is the same, null where a
    picture cannot be read or shows too few pixels of the animal.
    """
    try:
        wanted = [(Path(one["picture"]), BoundingBox(*one["box"])) for one in json.load(sys.stdin)]
    except (ValueError, TypeError, KeyError) as error:
        _refuse(f"this is no list of pictures and boxes: {error!r}")
    opened = _open(model)
    looks = [_looks(opened, picture, box) for picture, box in wanted]
    first = looks[0] if looks else None
    likeness = [None if each is None or first is None else float(first @ each) for each in looks]
    sys.stdout.write(json.dumps({"release": opened.release.name, "likeness": likeness}) + "\n")


def _looks(opened: "Appearance", picture: Path, box: BoundingBox) -> "Vector | None":
    from detector.appearance import TooSmallError

    try:
        return opened.of(read_picture(picture), box)
    except (UnreadablePictureError, TooSmallError):
        return None


def _open(model: str | None) -> "Appearance":
    from detector.appearance import Appearance
    from detector.release import ReleaseError, find_release, load_release

    try:
        return Appearance(load_release(find_release(model)))
    except ReleaseError as error:
        _refuse(str(error))


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"error: {reason}\n")
    raise typer.Exit(2)
