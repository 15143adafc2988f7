"""`trunkline-server model` and `trunkline-server station config`: the fleet on the command line."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from
from api.dependencies import utc_now
from api.errors import InvalidError, NotFoundError
from api.fleet.releases import describe, lay_out, new_release_key, read_release_key, signed
from api.fleet.rules import check_settings
from api.fleet.store import desire, history_of, offer_release, offers_of, report_of, station_of
from api.fleet.uploads import pack
from api.fleet.views import ConfigView, config_view
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import lock_site, site_of
from api.stations.store import stations_of
from edge_agent.contracts.configuration import TuningError

model_app = typer.Typer(help="Releases of the model, signed and offered.", no_args_is_help=True)
SiteId = Annotated[str, typer.Option("--site", help="The site's id.")]
BY_HAND = "command line"


@dataclass(frozen=True, slots=True)
class Publication:
    """Which release to offer to whom."""

    folder: Path
    key: Path
    site_id: str
    station_ids: tuple[str, ...]
    downgrade: bool
    architectures: tuple[str, ...]
    url: str | None


@model_app.command("key")
def make_key(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to keep it.")],
) -> None:
    """Make the key that signs releases; prints what stations need to know it by.

    Whoever has this file decides what stations look with: keep it apart from the server.
    """
    try:
        public = new_release_key(file)
    except InvalidError as error:
        fail(str(error))
    typer.echo(f'# in the config of each station\n[updates]\npublic_key = "{public}"')


@model_app.command("publish")
def publish(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="A release folder of `models/`.")
    ],
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The release key's file.")],
    site: SiteId,
    station: Annotated[
        list[str] | None, typer.Option(help="Offer it to this one; again for more. None: all.")
    ] = None,
    downgrade: Annotated[
        bool, typer.Option("--downgrade", help="It may take the place of a newer release.")
    ] = False,
    architecture: Annotated[
        list[str] | None, typer.Option(help="As `uname -m` says; again for more. None: any.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where stations reach this server [its public URL]")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    public_url: Annotated[str | None, typer.Option(help="What people's phones open.")] = None,
) -> None:
    """Sign a release and offer it to stations: try it on one of them first."""
    settings = settings_from(data_dir=data_dir, database_url=database_url, public_url=public_url)
    publication = Publication(
        folder, key, site, tuple(station or ()), downgrade, tuple(architecture or ()), url
    )
    for name in done(lambda: offer(settings, publication)):
        typer.echo(f"offered to {name}")


@model_app.command("pack")
def pack_release(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="A release folder of `models/`.")
    ],
    archive: Annotated[Path, typer.Argument(dir_okay=False, help="The ZIP file to write.")],
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The release key's file.")],
    downgrade: Annotated[
        bool, typer.Option("--downgrade", help="It may take the place of a newer release.")
    ] = False,
    architecture: Annotated[
        list[str] | None, typer.Option(help="As `uname -m` says; again for more. None: any.")
    ] = None,
) -> None:
    """Sign a release into one file, to be uploaded in the console; the key never leaves here."""
    try:
        manifest = describe(
            folder, utc_now(), downgrade=downgrade, architectures=tuple(architecture or ())
        )
        pack(folder, signed(manifest, read_release_key(key), ""), archive)
    except InvalidError as error:
        fail(str(error))
    typer.echo(f"{manifest.name} is signed in {archive}")


@model_app.command("status")
def status(site: SiteId, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Say which release runs at each station, and how far the newest offer came."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    for line in done(lambda: _status(settings, site)):
        typer.echo(line)


def configure(
    station_id: Annotated[str, typer.Argument(help="The station's id.")],
    site: SiteId,
    wish: Annotated[
        Path | None,
        typer.Option("--set", exists=True, dir_okay=False, help="TOML or JSON: what shall differ."),
    ] = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what a station is tuned to, as JSON; with --set, tune it anew.

    The file holds only what shall differ from the station's own; an empty one goes back to that.
    """
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    wished = None if wish is None else _read_wish(wish)
    view = done(lambda: _configure(settings, site, station_id, wished, note))
    typer.echo(view.model_dump_json(indent=2))


async def offer(settings: ServerSettings, publication: Publication) -> Sequence[str]:
    """Sign a release, lay its files out, and offer it; return the stations' names.

    Raises:
        InvalidError: no release, or no key. NotFoundError: no such site or station.
    """
    moment = utc_now()
    key = read_release_key(publication.key)
    manifest = describe(
        publication.folder,
        moment,
        downgrade=publication.downgrade,
        architectures=publication.architectures,
    )
    offered = signed(manifest, key, (publication.url or settings.url).rstrip("/"))
    async with opened_database(settings) as database, database.transaction() as session:
        await site_of(session, publication.site_id)
        if publication.station_ids:
            names = publication.station_ids
            chosen = [await station_of(session, publication.site_id, name) for name in names]
        else:
            chosen = list(await stations_of(session, publication.site_id))
        if not chosen:
            raise NotFoundError(f"the site {publication.site_id!r} has no stations")
        lay_out(publication.folder, offered, settings.releases_folder)
        for station in chosen:
            await offer_release(session, station, offered, manifest, moment)
    return [station.name_id for station in chosen]


async def _configure(
    settings: ServerSettings,
    site_id: str,
    station_id: str,
    wished: dict[str, Any] | None,
    note: str,
) -> ConfigView:
    async with opened_database(settings) as database, database.transaction() as session:
        await lock_site(session, site_id)
        station = await station_of(session, site_id, station_id)
        report = await report_of(session, station.id)
        if wished is not None:
            effective = (report.config or {}).get("effective") if report else None
            try:
                check_settings(wished, effective)
            except TuningError as error:
                raise InvalidError(str(error)) from error
            await desire(session, station, wished, made_by=BY_HAND, note=note, now=utc_now())
        return config_view(await history_of(session, station.id), report)


async def _status(settings: ServerSettings, site_id: str) -> list[str]:
    async with opened_database(settings) as database, database.reading() as session:
        await site_of(session, site_id)
        lines = []
        for station in await stations_of(session, site_id):
            report = await report_of(session, station.id)
            running = ((report.update if report else None) or {}).get("running", "?")
            offers = await offers_of(session, station.id)
            newest = offers[0] if offers else None
            told = "" if newest is None else _told(newest.release, newest.step, newest.reason)
            lines.append(f"{station.name_id}\truns {running}{told}")
        return lines


def _told(release: str, step: str | None, reason: str) -> str:
    words = (step or "not answered yet").replace("_", " ")
    return f"\t{release}: {words}" + (f" ({reason})" if reason else "")


def _read_wish(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    try:
        wish = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, tomllib.TOMLDecodeError) as error:
        fail(f"{path} cannot be read: {error}")
    if not isinstance(wish, dict):
        fail(f"{path} holds no table")
    return wish
