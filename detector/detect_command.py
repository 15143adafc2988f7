"""The `detect` command: pictures, folders and videos in; results, drawings and a summary out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from detector.detecting import (
    FoundFile,
    Look,
    Sight,
    Tally,
    annotated_path,
    found_files,
    look_at,
    look_through,
)
from detector.detection import Label, Lighting
from detector.megadetector import About, FailedResult, Result, write_results
from detector.release import Precision
from detector.sources import Frame, frame_count, read_ahead

FAILURES_SHOWN = 20
NOTHING_READ = 1
CANNOT_START = 2
INTERRUPTED = 130
OTHER_HEADINGS = {"people": Label.PERSON, "vehicles": Label.VEHICLE, "others": Label.ANIMAL}

out = Console()
complaints = Console(stderr=True)


def detect(
    paths: Annotated[
        list[Path], typer.Argument(help="Pictures, videos, or folders of them at any depth.")
    ],
    json: Annotated[
        Path | None,
        typer.Option(help="Write all results to this file, in MegaDetector's batch format 1.6."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save pictures with the boxes drawn below this folder.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A release: its name in models/ or its folder. The newest by default."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.99, help="Believe from this confidence on, in every light."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Look at every n-th frame of a video.")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Cores to use for one picture; all by default.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="int8 is faster, where the release has it.")
    ] = Precision.FP32,
) -> None:
    """Find elephants, people, vehicles and other animals in pictures and videos.

    A file that cannot be read is named with its reason, and the next one goes on. The exit status
    is 0 if at least one file could be read, 1 if none could, 2 if the work could not begin.
    """
    files = found_files(paths)
    _check_outputs(files, json, save)
    sight, about, side_px = _load(model, precision, threshold, threads)
    # Only what is saved is wanted whole; to look, what the network takes in is enough.
    least_side_px = side_px if save is None else None
    results, tally, finished = _look_at_all(files, sight, about, every, save, least_side_px)
    if json is not None:
        write_results(json, results, about)
    _summarise(tally, results, about)
    if not finished:
        complaints.print(f"Stopped after {len(results)} of {len(files)} files.")
        raise typer.Exit(INTERRUPTED)
    if all(isinstance(result, FailedResult) for result in results):
        raise typer.Exit(NOTHING_READ)


def _check_outputs(files: list[FoundFile], json: Path | None, save: Path | None) -> None:
    """Find out before the long work, not after it, that its results have nowhere to go."""
    if not files:
        _refuse("there is no picture or video in what was named")
    if json is not None and not json.parent.is_dir():
        _refuse(f"--json {json}: the folder {json.parent} does not exist")
    if json is not None and json.is_dir():
        _refuse(f"--json {json} is a folder; name a file in it")
    if save is None:
        return
    if save.exists() and not save.is_dir():
        _refuse(f"--save {save} is not a folder")
    for found in files:
        if annotated_path(save, found.name, None).resolve() == found.path.resolve():
            _refuse(f"--save {save} would overwrite {found.path}; name another folder")


def _load(
    model: str | None, precision: Precision, threshold: float | None, threads: int | None
) -> tuple[Sight, About, int]:
    from detector.engine import Detector
    from detector.eyes import FLOOR
    from detector.release import ReleaseError, find_release, load_release

    try:
        release = load_release(find_release(model), precision)
        sight = Detector(release, threads=threads)
    except ReleaseError as error:
        _refuse(str(error))
    thresholds = {lighting: threshold or release.threshold(lighting) for lighting in Lighting}
    floor = min(FLOOR, *thresholds.values())
    about = About(release.name, datetime.now(UTC), thresholds, floor)
    return sight, about, release.input_size_px


def _look_at_all(
    files: list[FoundFile],
    sight: Sight,
    about: About,
    every: int,
    save: Path | None,
    least_side_px: int | None,
) -> tuple[list[Result], Tally, bool]:
    """Look at every file. Interrupted, it returns what there is, and False."""
    results: list[Result] = []
    tally = Tally()
    thresholds = dict(about.thresholds)

    def look(frame: Frame) -> Look:
        return look_at(frame, sight, thresholds, about.floor)

    with _progress(files, every) as meter:

        def keep(looked: Look, found: FoundFile) -> None:
            tally.add(looked)
            meter.frame_done()
            if save is not None:
                _save(looked, found, save)

        try:
            paths = [found.path for found in files]
            ahead = read_ahead(paths, every=every, least_side_px=least_side_px)
            for found, frames in zip(files, ahead, strict=True):
                on_look = partial(keep, found=found)
                results.append(look_through(found, frames, look, on_look=on_look))
                meter.file_done(found)
        except KeyboardInterrupt:
            return results, tally, False
    return results, tally, True


class Meter:
    """The progress bar, counted in frames. Videos only estimate theirs: each file sets it right."""

    def __init__(self, progress: Progress, files: list[FoundFile], every: int) -> None:
        self._progress = progress
        self._frames = {found: frame_count(found.path, every=every) for found in files}
        self._before_this_file = 0
        self._task = progress.add_task("looking", total=sum(self._frames.values()))

    def frame_done(self) -> None:
        """Count one frame."""
        self._progress.advance(self._task)

    def file_done(self, found: FoundFile) -> None:
        """Count a file as finished, however many frames it turned out to have."""
        self._before_this_file += self._frames[found]
        self._progress.update(self._task, completed=self._before_this_file)


@contextmanager
def _progress(files: list[FoundFile], every: int) -> Iterator[Meter]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=complaints) as progress:
        yield Meter(progress, files, every)


def _save(look: Look, found: FoundFile, folder: Path) -> None:
    """Save a picture with its boxes; of videos only frames in which something was believed."""
    import cv2

    from detector.drawing import annotate

    number = look.frame.frame_number
    if number is not None and not look.believed:
        return
    path = annotated_path(folder, found.name, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".jpg", annotate(look.frame.pixels, look.believed))
    path.write_bytes(data.tobytes())


def _summarise(tally: Tally, results: list[Result], about: About) -> None:
    if tally.frames:
        out.print(_table(tally, about))
    failures = [result for result in results if isinstance(result, FailedResult)]
    if failures:
        _name_failures(failures)


def _table(tally: Tally, about: About) -> Table:
    table = Table(title=f"What {about.detector} believes", box=SIMPLE_HEAD)
    table.add_column("light")
    for heading in ("from", "frames", "seen in", "elephants", *OTHER_HEADINGS):
        table.add_column(heading, justify="right")
    for light in tally.lightings():
        counts = (
            tally.frames[light],
            tally.with_elephants[light],
            *(tally.believed[light, label] for label in (Label.ELEPHANT, *OTHER_HEADINGS.values())),
        )
        table.add_row(light.value, f"{about.thresholds[light]:.2f}", *map(str, counts))
    return table


def _name_failures(failures: list[FailedResult]) -> None:
    complaints.print(f"{len(failures)} could not be read:")
    for failure in failures[:FAILURES_SHOWN]:
        complaints.print(f"  {escape(failure.file)}: {escape(failure.reason)}", soft_wrap=True)
    if len(failures) > FAILURES_SHOWN:
        complaints.print(f"  … and {len(failures) - FAILURES_SHOWN} more")


def _refuse(reason: str) -> NoReturn:
    complaints.print(f"[red]error:[/] {escape(reason)}", soft_wrap=True)
    raise typer.Exit(CANNOT_START)
