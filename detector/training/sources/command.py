"""`trunkline-detector dataset`: check, import, merge and describe labelled pictures."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from detector.detection import Label
from detector.training.sources.format import Format

dataset = typer.Typer(
    help="Check, import, merge and describe labelled pictures.", no_args_is_help=True
)

out = Console()
complaints = Console(stderr=True)

FAULTY = 1
CANNOT_START = 2


@dataset.command()
def check(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Folders with manifest.csv.", exists=True, file_okay=False),
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write every finding to this file.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Pictures opened at once.")] = None,
) -> None:
    """Find what falsifies training: broken files, bad boxes, wrong numbers, leaks between splits.

    Folders are checked together: a picture in one may leak into another's split. The exit status
    is 1 if there are errors; warnings alone do not change it.
    """
    from detector.training.sources.check import check as judge
    from detector.training.sources.listing import list_folder
    from detector.training.sources.report import show

    if json_file is not None and (json_file.is_dir() or not json_file.parent.is_dir()):
        _refuse(f"--json {json_file}: name a file in a folder that exists")
    listings = [list_folder(folder) for folder in folders]
    with _progress("checking", sum(len(listing.rows) for listing in listings)) as advance:
        verdict = judge(listings, threads=threads, on_picture=advance)
    show(verdict, out)
    if json_file is not None:
        json_file.write_text(json.dumps(verdict.as_json(), indent=1) + "\n", encoding="utf-8")
    if verdict.errors:
        raise typer.Exit(FAULTY)


@dataset.command(name="import")
def import_source(
    kind: Annotated[Format, typer.Argument(metavar="FORMAT", help="What SOURCE is written in.")],
    source: Annotated[
        Path, typer.Argument(help="The JSON file, or a Camtrap DP folder.", exists=True)
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="New dataset folder.")],
    *,
    pictures: Annotated[
        Path | None, typer.Option(help="Where file names start; the JSON's folder by default.")
    ] = None,
    name: Annotated[str, typer.Option(help="The source, as it will be credited.")] = "",
    licence: Annotated[str, typer.Option(help="If SOURCE does not state it.")] = "",
    only: Annotated[
        list[Label] | None, typer.Option(help="Labels to keep; other things count as nothing.")
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--map", help="NAME=LABEL, or =ignore, =unsure, =empty.")
    ] = None,
    confidence: Annotated[
        float, typer.Option(min=0, max=1, help="MegaDetector: believe from here on.")
    ] = 0.5,
    val_share: Annotated[float, typer.Option(min=0, max=1, help="Share of sites for val.")] = 0.2,
    copy: Annotated[bool, typer.Option("--copy", help="Copy pictures, do not link.")] = False,
) -> None:
    """Turn COCO, COCO Camera Traps, Camtrap DP or MegaDetector results into a dataset folder.

    What cannot be used is left out and named. The exit status is 1 if records were faulty or
    nothing could be used, 2 if SOURCE is not of this format.
    """
    from detector.training.sources.entries import UnreadableSourceError
    from detector.training.sources.importing import Wish, write_dataset
    from detector.training.sources.reading import Reading, read_source
    from detector.training.sources.report import show_import

    _refuse_full(target)
    labels = frozenset(only or Label)
    reading = Reading(pictures, _pairs(names or []), labels, confidence)
    try:
        read = read_source(kind, source, reading)
    except (UnreadableSourceError, ValueError) as error:
        _refuse(str(error))
    credited = name or source.resolve().stem
    wish = Wish(credited, licence or read.licence, val_share, copy)
    with _progress("importing", len(read.entries)) as advance:
        imported = write_dataset(read.entries, target, wish, on_entry=advance)
    show_import(imported, out)
    if not imported.pictures or any(one.is_fault for one in imported.left_out):
        raise typer.Exit(FAULTY)


@dataset.command()
def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER... OUT", help="Datasets, then the new folder.")
    ],
    copy: Annotated[bool, typer.Option("--copy", help="Copy pictures, do not link.")] = False,
) -> None:
    """Merge dataset folders into a new one: classes by name, splits as they are.

    Check the result: two sources may show the same picture in different splits. The exit status is
    1 if pictures had to be left out.
    """
    from detector.training.sources.listing import list_folder
    from detector.training.sources.merging import merge as merge_listings
    from detector.training.sources.report import show_merge

    *sources, target = folders
    if not sources:
        _refuse("name at least one dataset folder, and then the new one")
    _refuse_full(target)
    listings = [list_folder(folder) for folder in sources]
    with _progress("merging", sum(len(listing.rows) for listing in listings)) as advance:
        merged = merge_listings(listings, target, copy=copy, on_picture=advance)
    show_merge(merged, listings, out)
    if merged.left_out:
        raise typer.Exit(FAULTY)


@dataset.command()
def harvest(
    films: Annotated[list[Path], typer.Argument(help="Films, and then the new folder.")],
    *,
    every: Annotated[int, typer.Option(min=1, help="Take every n-th frame.")] = 10,
    model: Annotated[str | None, typer.Option(help="Release that looks; the newest.")] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="There are no elephants in these films: take all.")
    ] = False,
    source: Annotated[str, typer.Option(help="Where they are from, for the credits.")] = "",
    licence: Annotated[str, typer.Option(help="Under which licence.")] = "",
) -> None:
    """Label the frames of films in which the network is sure of every elephant.

    Look at what it took before training with it, and keep films of the cameras that are to judge
    the network out.
    """
    from detector.engine import Detector
    from detector.release import ReleaseError, find_release, load_release
    from detector.training.sources.harvest import harvest as reap

    *sources, target = films
    if not sources:
        _refuse("name at least one film, and then the new folder")
    _refuse_full(target)
    try:
        sight = None if empty else Detector(load_release(find_release(model)))
    except ReleaseError as error:
        _refuse(str(error))
    with _progress("looking at films", len(sources)) as advance:
        found = reap(
            sources,
            target,
            sight,
            every=every,
            source=source,
            licence=licence,
            on_film=advance,
        )
    out.print(
        f"{target}: {found.taken} of {found.looked_at} frames taken, {found.elephants} elephants",
        soft_wrap=True,
        markup=False,
    )


@dataset.command()
def describe(
    folder: Annotated[
        Path, typer.Argument(help="Folder with manifest.csv.", exists=True, file_okay=False)
    ],
    name: Annotated[str, typer.Option(help="The dataset's name; the folder's by default.")] = "",
    into: Annotated[Path, typer.Option(help="Where NAME/dataset.toml goes.")] = Path("datasets"),
    each_source: Annotated[
        bool, typer.Option("--each-source", help="One card per source in the manifest instead.")
    ] = False,
) -> None:
    """Write or update dataset.toml: licences and counts from FOLDER; what people wrote is kept."""
    from detector.training.sources.card import (
        CARD_FILE,
        CardError,
        by_source,
        count,
        slug,
        write_card,
    )
    from detector.training.sources.listing import list_folder

    listing = list_folder(folder)
    if not listing.rows:
        _refuse("; ".join(one.message for one in listing.findings) or f"{folder} lists nothing")
    with _progress("counting", len(listing.rows)) as advance:
        pictures = count(listing, on_picture=advance)
    groups = by_source(pictures) if each_source else {name or folder.resolve().name: pictures}
    for title, members in groups.items():
        path = into / slug(title) / CARD_FILE
        try:
            write_card(path, title, members, today=datetime.now(UTC).date())
        except CardError as error:
            _refuse(str(error))
        out.print(f"{path}: {len(members)} pictures", soft_wrap=True, markup=False)


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = [word.rpartition("=") for word in words]
    for word, (name, _, meaning) in zip(words, pairs, strict=True):
        if not name or not meaning:
            _refuse(f"--map {word}: write NAME=LABEL")
    return {name: meaning for name, _, meaning in pairs}


def _refuse_full(target: Path) -> None:
    from detector.training.sources.placing import is_usable_target

    if not is_usable_target(target):
        _refuse(f"{target} is not an empty folder; name a new one")


def _refuse(reason: str) -> NoReturn:
    complaints.print(f"[red]error:[/] {escape(reason)}", soft_wrap=True)
    raise typer.Exit(CANNOT_START)


@contextmanager
def _progress(doing: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=complaints) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda: progress.advance(task)
