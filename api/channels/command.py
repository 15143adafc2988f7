"""`trunkline-server siren`: which station's siren sounds for which geofences."""

from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.command_line import DatabaseUrl, DataDir, done, settings_from
from api.deliveries.rules import RingsFrom
from api.dependencies import utc_now
from api.errors import InvalidError, NotFoundError
from api.people import contacts, forgetting, store
from api.people.sealing import name_of
from api.secret_files import open_data_dir, secret_from
from api.server import opened_database
from api.settings import ServerSettings
from api.stations.store import station_named
from api.tables import Person, Phone, Role

siren_app = typer.Typer(help="Sirens at stations.", no_args_is_help=True)

CHANNEL = "siren"
StationId = Annotated[str, typer.Argument(help="The station's id.")]
SiteId = Annotated[str, typer.Option("--site", help="The site's id.")]


@siren_app.command("add")
def add(
    station_id: StationId,
    site: SiteId,
    geofence: Annotated[
        list[int] | None, typer.Option(help="A geofence it sounds for; again for more. None: all.")
    ] = None,
    rings_from: Annotated[
        RingsFrom, typer.Option("--from", help="The level from which on it sounds.")
    ] = RingsFrom.DANGER,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let a station's siren sound for alerts."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    wanted = tuple(geofence or ())
    done(lambda: _add(settings, site, station_id, wanted, rings_from))
    typer.echo(f"the siren of {station_id} sounds from {rings_from} on")


@siren_app.command("remove")
def remove(
    station_id: StationId, site: SiteId, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Let a station's siren be silent."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    done(lambda: _remove(settings, site, station_id))
    typer.echo(f"the siren of {station_id} is silent")


async def _add(
    settings: ServerSettings,
    site_id: str,
    station_id: str,
    geofence_ids: tuple[int, ...],
    rings_from: RingsFrom,
) -> None:
    secret = secret_from(open_data_dir(settings.data_dir) / "server.secret")
    now = utc_now()
    async with opened_database(settings) as database, database.transaction() as session:
        station = await station_named(session, (site_id, station_id))
        if station is None:
            raise NotFoundError(f"no station {station_id!r} is enrolled at a site {site_id!r}")
        await _forget(session, secret, site_id, station_id)
        known = await store.geofences_among(session, site_id, geofence_ids)
        if unknown := set(geofence_ids) - known:
            raise InvalidError(f"the site {site_id!r} has no geofence {min(unknown)}")
        # A siren is rung like a phone: whoever is rung belongs to somebody.
        keeper = Person(
            site_id=site_id, name=_name(station.name), role=Role.VILLAGER, joined_at=now
        )
        await store.add_person(session, keeper, sorted(known))
        address = f"{site_id}/{station_id}"
        phone_id = await contacts.add_contact(
            session, secret, keeper.id, CHANNEL, address, rings_from, now
        )
        phone = await session.get_one(Phone, phone_id)
        phone.endpoint = name_of(secret, CHANNEL, 0, address)  # one siren, whoever keeps it


async def _remove(settings: ServerSettings, site_id: str, station_id: str) -> None:
    secret = secret_from(open_data_dir(settings.data_dir) / "server.secret")
    async with opened_database(settings) as database, database.transaction() as session:
        if not await _forget(session, secret, site_id, station_id):
            raise NotFoundError(f"the station {station_id!r} has no siren that sounds for alerts")


async def _forget(session: AsyncSession, secret: bytes, site_id: str, station_id: str) -> bool:
    endpoint = name_of(secret, CHANNEL, 0, f"{site_id}/{station_id}")
    wanted = select(Person).join(Phone, Phone.person_id == Person.id)
    keeper = (await session.scalars(wanted.where(Phone.endpoint == endpoint))).one_or_none()
    if keeper is None:
        return False
    await forgetting.forget(session, keeper, utc_now())
    return True


def _name(station: str) -> str:
    return f"siren: {station}"[:80]
