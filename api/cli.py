"""`trunkline-server`: everything that is done on the server's command line."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from api import administration, server
from api.backup.command import backup, restore
from api.bench.command import bench
from api.bench.month.command import bench_month
from api.broker.command import certificate
from api.channels.command import siren_app
from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from, work
from api.demo.command import demo
from api.drills.command import drill
from api.fleet.command import configure, model_app
from api.hooks.command import hook_app
from api.ledger.command import ledger_app
from api.people.command import user_app
from api.people.qr import print_qr, save_qr
from api.quarantine.command import quarantine_app
from api.replay.command import replay_app
from api.tables import Role
from api.tuning.command import tuning_app

app = typer.Typer(
    help="Trunkline's server: takes what stations see, decides who is in the way, reaches phones. "
    "Every setting may also come from the environment, as TRUNKLINE_ and its name.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
site_app = typer.Typer(help="Sites: reserves and valleys.", no_args_is_help=True)
geofence_app = typer.Typer(help="Geofences: areas people follow.", no_args_is_help=True)
station_app = typer.Typer(help="Stations: the boxes in the forest.", no_args_is_help=True)
broker_app = typer.Typer(help="Files for a broker of your own.", no_args_is_help=True)
app.add_typer(site_app, name="site")
app.add_typer(geofence_app, name="geofence")
app.add_typer(station_app, name="station")
app.add_typer(broker_app, name="broker")
app.add_typer(ledger_app, name="ledger")
app.add_typer(model_app, name="model")
station_app.command("config")(configure)
broker_app.command("certificate")(certificate)
app.add_typer(user_app, name="user")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(siren_app, name="siren")
app.add_typer(tuning_app, name="tuning")
app.add_typer(hook_app, name="hook")
app.add_typer(replay_app, name="replay")
app.command()(demo)
app.command()(bench)
app.command()(backup)
app.command()(restore)
app.command()(drill)
app.command()(bench_month)

Migrate = Annotated[bool, typer.Option("--migrate", help="Bring PostgreSQL to our shape first.")]
BrokerKind = Annotated[
    Literal["embedded", "external"] | None,
    typer.Option(help="Our own broker in this process [embedded], or one of yours."),
]
BrokerHost = Annotated[str | None, typer.Option(help="Where the broker listens [127.0.0.1]")]
BrokerPort = Annotated[int | None, typer.Option(help="Its port [1883]")]
SiteId = Annotated[str, typer.Option("--site", help="The site's id.")]


@app.command()
def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for any [8000]")] = None,
    public_url: Annotated[str | None, typer.Option(help="What people's phones open.")] = None,
    database_url: DatabaseUrl = None,
    broker: BrokerKind = None,
    broker_host: BrokerHost = None,
    broker_port: BrokerPort = None,
    migrate: Migrate = False,
    link: Annotated[bool, typer.Option(help="Take what stations send, in this process.")] = True,
    dispatch: Annotated[bool, typer.Option(help="Send to phones, in this process.")] = True,
) -> None:
    """Run the server: API, apps, MQTT link and dispatcher, with a broker of its own."""
    settings = settings_from(
        data_dir=data_dir,
        host=host,
        port=port,
        public_url=public_url,
        database_url=database_url,
        broker=broker,
        broker_host=broker_host,
        broker_port=broker_port,
    )
    work(server.serve(settings, migrate=migrate, with_link=link, with_dispatch=dispatch))


@app.command()
def link(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_host: BrokerHost = None,
    broker_port: BrokerPort = None,
    share: Annotated[
        str | None, typer.Option(help="Share the work with other links of this group name.")
    ] = None,
    migrate: Migrate = False,
) -> None:
    """Run an MQTT link alone, beside an external broker."""
    settings = settings_from(
        data_dir=data_dir,
        database_url=database_url,
        broker="external",
        broker_host=broker_host,
        broker_port=broker_port,
        link_share=share,
    )
    work(server.run_link(settings, migrate=migrate))


@app.command()
def dispatch(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, migrate: Migrate = False
) -> None:
    """Run a dispatcher alone: it sends due deliveries to phones."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    work(server.run_dispatch(settings, migrate=migrate))


@app.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database to the shape that this version wants."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    revision = done(lambda: administration.migrate(settings))
    typer.echo(f"the database is at revision {revision}")


@site_app.command("add")
def add_site(
    site_id: Annotated[str, typer.Argument(help="Short name for topics: letters, digits, dashes.")],
    latitude: Annotated[float, typer.Option(min=-90, max=90, help="Of its middle, WGS 84.")],
    longitude: Annotated[float, typer.Option(min=-180, max=180, help="Of its middle, WGS 84.")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    timezone: Annotated[str, typer.Option(help="As in Asia/Shanghai.")] = "UTC",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add a site."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    place = administration.Place(latitude, longitude)
    done(lambda: administration.add_site(settings, site_id, name or site_id, place, timezone))
    typer.echo(f"the site {site_id} is there")


@geofence_app.command("add")
def add_geofences(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="GeoJSON features.")],
    site: SiteId,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add the geofences of a GeoJSON file; one of the same name is drawn anew."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    try:
        document = json.loads(file.read_bytes())
    except ValueError as error:
        fail(f"{file} is not JSON: {error}")
    names = done(lambda: administration.add_geofences(settings, site, document))
    for number, name in names:
        typer.echo(f"{number}\t{name}")


@station_app.command("add")
def add_station(
    station_id: Annotated[str, typer.Argument(help="Short name for topics.")],
    site: SiteId,
    latitude: Annotated[float, typer.Option(min=-90, max=90, help="Where it stands, WGS 84.")],
    longitude: Annotated[float, typer.Option(min=-180, max=180, help="Where it stands, WGS 84.")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    simulated: Annotated[bool, typer.Option(help="Everything it says is a drill.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_host: BrokerHost = None,
    broker_port: BrokerPort = None,
) -> None:
    """Enrol a station; prints the configuration that it needs, with its key, this once."""
    settings = settings_from(
        data_dir=data_dir,
        database_url=database_url,
        broker_host=broker_host,
        broker_port=broker_port,
    )
    new = administration.NewStation(
        site, station_id, name or station_id, administration.Place(latitude, longitude), simulated
    )
    typer.echo(done(lambda: administration.add_station(settings, new)))


@app.command()
def invite(
    site: SiteId,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VILLAGER,
    uses: Annotated[int, typer.Option(min=1, help="How many people may use it.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="For how long it is good.")] = 30,
    geofence: Annotated[
        list[int] | None, typer.Option(help="A geofence they follow; again for more. None: all.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    public_url: Annotated[str | None, typer.Option(help="What people's phones open.")] = None,
    qr: Annotated[bool, typer.Option("--qr", help="Draw the link for phones' cameras.")] = False,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Save it as a picture, PNG or SVG.")
    ] = None,
) -> None:
    """Make an invitation and print its link."""
    if picture is not None and picture.suffix.lower() not in {".png", ".svg"}:
        fail("the picture is a .png or an .svg")
    settings = settings_from(data_dir=data_dir, database_url=database_url, public_url=public_url)
    new = administration.NewInvite(site, role, uses, timedelta(days=days), tuple(geofence or ()))
    code = done(lambda: administration.invite(settings, new))
    page = "app" if role in {Role.VILLAGER, Role.RANGER} else "console"
    address = f"{settings.url}/{page}/#/join/{code}"
    typer.echo(f"{code}\n{address}")
    if qr:
        print_qr(address, sys.stdout)
    if picture is not None:
        save_qr(address, picture)


@broker_app.command("files")
def broker_files(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to write them.")],
    home_password: Annotated[
        str | None,
        typer.Option(help="Let Home Assistant in, as home-assistant with this password."),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    broker_port: BrokerPort = None,
) -> None:
    """Write mosquitto.conf, passwords and acl for all stations and for our link."""
    settings = settings_from(data_dir=data_dir, database_url=database_url, broker_port=broker_port)
    password, paths = done(lambda: administration.broker_files(settings, folder, home_password))
    for path in paths:
        typer.echo(path)
    typer.echo(
        f"start our side with TRUNKLINE_BROKER=external TRUNKLINE_BROKER_PASSWORD={password}"
    )
