"""`trunkline-server replay`: what another config or another release would have told."""

import asyncio
import json
import sys
import tempfile
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from
from api.dependencies import utc_now
from api.fleet.store import station_of
from api.jobs.store import JobState
from api.jobs.tables import Job
from api.media.folder import MediaFolder
from api.replay.looking import lay_out, look_again
from api.replay.playing import REPLAY, Network, ReplayWishes, digest_all, play_wishes
from api.replay.store import kept_of, window
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import site_of
from api.stations.store import stations_of
from edge_agent.contracts.ids import uuid7

replay_app = typer.Typer(
    help="Kept events and samples, played under another config or by another release.",
    no_args_is_help=True,
)
SiteId = Annotated[str, typer.Option("--site", help="The site's id.")]
Stations = Annotated[
    list[str] | None, typer.Option("--station", help="Play this one; again for more. None: all.")
]
Days = Annotated[float, typer.Option(min=0.1, max=400, help="How far back.")]


@replay_app.command("config")
def config(
    wish: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML or JSON.")],
    site: SiteId,
    station: Stations = None,
    days: Days = 30,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say what would have been told with a change of config (thresholds, masks, profiles), as JSON.

    The file is a wish as for `station config --set`; it is laid over what is wished now.
    """
    text = wish.read_text(encoding="utf-8")
    try:
        change = json.loads(text) if wish.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        fail(f"{wish} cannot be read: {error}")
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    wishes = ReplayWishes(station_ids=station or [], settings=change, days=days)
    typer.echo(json.dumps(done(lambda: _play(settings, site, wishes)), indent=1))


@replay_app.command("release")
def release(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="The new release's folder.")
    ],
    site: SiteId,
    against: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Have this one look at them, too."),
    ] = None,
    station: Stations = None,
    days: Days = 30,
    detector: Annotated[
        str | None, typer.Option(help="The `trunkline-detector` to run [beside this one, or PATH]")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Have a release look at the kept pictures, and say what it would have told, as JSON.

    Kept pictures are crops around what was seen: only with --against do both look at the same.
    Without it, one side is what stations said of whole frames. The console shows the result, too.
    """
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    wishes = ReplayWishes(station_ids=station or [], days=days)
    releases = (folder, against)
    report = done(lambda: _play(settings, site, wishes, releases=releases, detector=detector))
    typer.echo(json.dumps(report, indent=1))


async def _play(
    settings: ServerSettings,
    site_id: str,
    wishes: ReplayWishes,
    *,
    releases: tuple[Path, Path | None] | None = None,
    detector: str | None = None,
) -> dict[str, Any]:
    moment = utc_now()
    async with opened_database(settings) as database:
        async with database.reading() as session:
            await site_of(session, site_id)
            names = [each.name_id for each in await stations_of(session, site_id)]
        wishes = wishes.model_copy(update={"station_ids": wishes.station_ids or names})
        before = after = None
        if releases is not None:
            await digest_all(database, site_id, moment)
            async with database.reading() as session:
                pictures = await _pictures(session, site_id, wishes, moment)
            media = MediaFolder(settings.media_folder)
            after, before = await _looked(media, pictures, releases, detector)
        report = await play_wishes(
            database, site_id, wishes, moment, _tell, before=before, after=after
        )
        if releases is not None:
            async with database.transaction() as session:
                session.add(_as_job(site_id, wishes, report, moment))
    return report


async def _pictures(
    session: AsyncSession, site_id: str, wishes: ReplayWishes, moment: datetime
) -> list[str]:
    found: set[str] = set()
    for name in wishes.station_ids:
        station = await station_of(session, site_id, name)
        kept = await kept_of(session, station, *window(moment, wishes.days))
        found |= {each.media_sha256 for each in kept if each.media_sha256}
    return sorted(found)


async def _looked(
    media: MediaFolder,
    pictures: list[str],
    releases: tuple[Path, Path | None],
    detector: str | None,
) -> tuple[Network, Network | None]:
    with tempfile.TemporaryDirectory(prefix="trunkline-replay-") as place:
        folder = Path(place) / "pictures"
        count = await asyncio.to_thread(lay_out, media, pictures, folder)
        sys.stderr.write(f"{count} kept pictures to look at\n")
        new = await look_again(folder, releases[0], detector)
        old = await look_again(folder, releases[1], detector) if releases[1] else None
    return new, old


def _as_job(site_id: str, wishes: ReplayWishes, report: dict[str, Any], moment: datetime) -> Job:
    """Return it as a job that is done, for the console to show."""
    return Job(
        id=str(uuid7()),
        site_id=site_id,
        kind=REPLAY,
        wishes=wishes.model_dump(mode="json"),
        state=JobState.DONE,
        done=1,
        total=1,
        report=report,
        asked_at=moment,
        ended_at=moment,
    )


async def _tell(done_so_far: int, total: int) -> None:
    sys.stderr.write(f"station {done_so_far + 1} of {total}\n")
