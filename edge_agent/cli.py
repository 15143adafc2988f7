"""`trunkline-station`: run, check or rehearse a station."""

import asyncio
import json
import logging
import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from edge_agent.settings import ModelSettings, SettingsError, StationSettings

if TYPE_CHECKING:
    from edge_agent.looking import Eye

app = typer.Typer(
    help="A camera station: it looks for elephants and tells the server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Config = Annotated[
    Path, typer.Argument(help="The station's config file (TOML).", show_default=False)
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more than what changes.")]


@app.command()
def run(config: Config, verbose: Verbose = False) -> None:
    """Watch the cameras and tell the server, until stopped by Ctrl-C or SIGTERM.

    Prints one JSON line at the end: frames looked at, broken frames, sightings, and messages still
    unsent.
    """
    _run(_settings(config), verbose=verbose)


@app.command()
def simulate(config: Config, verbose: Verbose = False) -> None:
    """The same as `run`, but everything it tells is marked as a drill, whatever the config says."""
    _run(_settings(config, simulated=True), verbose=verbose)


@app.command()
def check(
    config: Config,
    sound: Annotated[
        bool, typer.Option("--sound", help="Let the siren sound for a second.")
    ] = False,
) -> None:
    """Say in plain words what is wrong with the station, and what to do.

    Each line is ok, a warning or wrong; exits with 1 if anything is wrong.
    """
    from edge_agent.checks import Grade, check_station

    colours = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.WRONG: "red"}
    is_wrong = False
    for answer in check_station(_settings(config), sound=sound):
        is_wrong = is_wrong or answer.is_wrong
        mark = typer.style(f"{answer.grade:<7}", fg=colours[answer.grade])
        advice = f"; {answer.advice}" if answer.advice else ""
        typer.echo(f"{mark}  {answer.subject}: {answer.words}{advice}")
    if is_wrong:
        raise typer.Exit(1)


@app.command()
def bench(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there too.", show_default=False)
    ] = None,
    footage: Annotated[Path, typer.Option(help="Drawn footage.")] = Path("datasets/drill"),
    release: Annotated[
        str | None, typer.Option(help="A name or a folder.", show_default="the newest")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Cores a look may use.", show_default="all")
    ] = None,
) -> None:
    """Measure the station on this machine, beside the bare network, in less than a minute.

    Prints one JSON object; what is being done is said on stderr.
    """
    from detector.release import ReleaseError
    from edge_agent.bench.run import run_bench
    from edge_agent.cameras.footage import FootageError

    model = ModelSettings(release=release, threads=threads)
    try:
        figures = run_bench(footage, model, lambda words: typer.echo(words, err=True))
    except (ReleaseError, FootageError) as error:
        _fail(str(error))
    typer.echo(json.dumps(figures, indent=2))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@app.command()
def password() -> None:
    """Turn a camera's password into the `password_hash` of its config table."""
    from edge_agent.drops.passwords import hash_password

    words = typer.prompt("The camera's password", hide_input=True, confirmation_prompt=True)
    typer.echo(f'password_hash = "{hash_password(words)}"')


def _settings(config: Path, *, simulated: bool = False) -> StationSettings:
    try:
        return StationSettings.from_file(config, simulated=simulated)
    except SettingsError as error:
        _fail(str(error))


def _run(settings: StationSettings, *, verbose: bool) -> None:
    from detector.release import ReleaseError
    from edge_agent.looking import Eye
    from edge_agent.updates.shelf import open_running

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format=f"%(asctime)s {settings.station_id} %(levelname)s %(message)s",
    )
    try:
        detector = open_running(settings)
    except ReleaseError as error:
        _fail(str(error))
    summary = asyncio.run(_run_until_signal(settings, Eye(detector, detector.release)))
    typer.echo(json.dumps(summary))


async def _run_until_signal(settings: StationSettings, eye: "Eye") -> dict[str, int]:
    from edge_agent.agent import run as run_station

    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    return asdict(await run_station(settings, eye, stop))


def _fail(words: str) -> NoReturn:
    typer.secho(f"error: {words}", err=True, fg="red")
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
