"""`trunkline-server hook`: other systems that are told of alerts."""

from typing import Annotated

import typer

from api.command_line import DatabaseUrl, DataDir, done, settings_from
from api.dependencies import utc_now
from api.hooks import store
from api.hooks.making import NewHook, make_hook
from api.hooks.tables import Hook, HookKind
from api.secret_files import open_data_dir, secret_from
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import site_of
from api.tables import AlertLevel
from mobile_push.phone_address import EndpointPolicy

hook_app = typer.Typer(
    help="Other systems that are told of alerts: webhooks, EarthRanger.", no_args_is_help=True
)
SiteId = Annotated[str, typer.Option("--site", help="The site's id.")]


@hook_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where to post; of EarthRanger, https://….pamdas.org")],
    site: SiteId,
    kind: Annotated[HookKind, typer.Option(help="How to tell it.")] = HookKind.WEBHOOK,
    from_level: Annotated[
        AlertLevel, typer.Option("--from", help="The level from which on it is told.")
    ] = AlertLevel.WATCH,
    exact: Annotated[
        bool, typer.Option("--exact", help="Tell exact positions; else within a kilometre.")
    ] = False,
    token: Annotated[
        str | None,
        typer.Option(help="EarthRanger's token.", envvar="TRUNKLINE_HOOK_TOKEN"),
    ] = None,
    event_type: Annotated[
        str | None, typer.Option(help="EarthRanger's event type [elephant_alert]")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell another system of a site's alerts from now on; prints a webhook's secret, this once."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    new = NewHook(site, kind, url, from_level, exact, token, event_type)
    number, secret = done(lambda: _add(settings, new))
    typer.echo(f"hook {number} is told from {from_level} on")
    if secret is not None:
        typer.echo(f"its messages are signed (standardwebhooks.com) with {secret}")


@hook_app.command("list")
def list_hooks(site: SiteId, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Print who is told, and how that goes."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    for line in done(lambda: _list(settings, site)):
        typer.echo(line)


@hook_app.command("remove")
def remove(
    number: Annotated[int, typer.Argument(min=1, help="The hook's number.")],
    site: SiteId,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell a system nothing any more."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    done(lambda: _remove(settings, site, number))
    typer.echo(f"hook {number} is told nothing any more")


async def _add(settings: ServerSettings, new: NewHook) -> tuple[int, str | None]:
    secret = secret_from(open_data_dir(settings.data_dir) / "server.secret")
    policy = EndpointPolicy(frozenset(settings.hook_allowed_origins))
    async with opened_database(settings) as database, database.transaction() as session:
        await site_of(session, new.site_id)
        hook, key = await make_hook(session, new, secret=secret, policy=policy, now=utc_now())
        return hook.id, key


async def _list(settings: ServerSettings, site_id: str) -> list[str]:
    async with opened_database(settings) as database, database.reading() as session:
        await site_of(session, site_id)
        rows = await store.hooks_of(session, site_id)
        waiting = await store.waiting(session, [row.id for row in rows])
        return [_line(row, waiting.get(row.id, 0)) for row in rows] or ["nobody else is told"]


async def _remove(settings: ServerSettings, site_id: str, number: int) -> None:
    async with opened_database(settings) as database, database.transaction() as session:
        hook = await store.hook_of(session, site_id, number)
        await store.end_hook(session, hook, "removed", utc_now())


def _line(row: Hook, waiting: int) -> str:
    told = f"told last {row.last_ok_at:%Y-%m-%d %H:%M} UTC" if row.last_ok_at else "not told yet"
    trouble = f"; trouble: {row.last_error}" if row.last_error else ""
    state = f"{told}, {waiting} waiting{trouble}"
    return f"{row.id}\t{row.kind}\t{row.url}\tfrom {row.from_level}\t{state}"
