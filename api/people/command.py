"""`trunkline-server user`: people who sign in with a name and a password."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from
from api.dependencies import utc_now
from api.errors import InvalidError
from api.people import accounts, store, tokens
from api.people.passwords import check_password, hash_of_password
from api.people.scopes import Scope
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import site_of
from api.tables import Person, Role

user_app = typer.Typer(help="People who sign in with a password.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The name they sign in with.")]


@user_app.command("add")
def add(
    username: Username,
    site: Annotated[str, typer.Option("--site", help="The site's id.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.RANGER,
    name: Annotated[str, typer.Option(help="What others call them [the user name]")] = "",
    language: Annotated[str, typer.Option(help="As in en or zh-CN.")] = "en",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add somebody; asks for the password, or reads it from a pipe."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    password = _asked_password()
    person = Person(
        site_id=site,
        name=name or username,
        role=role,
        language=language,
        joined_at=utc_now(),
    )
    done(lambda: _add(settings, username, password, person))
    typer.echo(f"{username} may sign in as a {role} of {site}")


@user_app.command("password")
def password(
    username: Username, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Give somebody another password; their browsers have to sign in again."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    given = _asked_password()
    done(lambda: _set_password(settings, username, given))
    typer.echo(f"{username} has a new password")


@user_app.command("list")
def list_users(
    site: Annotated[str | None, typer.Option("--site", help="Of this site alone.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print who may sign in, where, as what, and what they are called."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    for row in done(lambda: _all(settings, site)):
        person = row.person
        shut_out = "" if person.disabled_at is None else f"\tdisabled {person.disabled_at:%Y-%m-%d}"
        typer.echo(f"{row.username}\t{person.site_id}\t{person.role}\t{person.name}{shut_out}")


@user_app.command("disable")
def disable(username: Username, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Shut somebody out at once: signed out, their tokens worthless, rung no more."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    done(lambda: _set_disabled(settings, username, utc_now()))
    typer.echo(f"{username} is shut out")


@user_app.command("enable")
def enable(username: Username, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Let somebody in again who was shut out."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    done(lambda: _set_disabled(settings, username, None))
    typer.echo(f"{username} may sign in again")


@user_app.command("token")
def token(
    username: Username,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; again for more.")],
    name: Annotated[str, typer.Option(help="What the program is called.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=730, help="For how long it is good.")] = 365,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a token for a program that speaks for somebody; printed this once."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    typer.echo(done(lambda: _token(settings, username, name, frozenset(scope), days)))


def _asked_password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        return asked
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        fail("no password: type it when asked, or send it through a pipe")
    return given


async def _add(settings: ServerSettings, username: str, password: str, person: Person) -> None:
    hashed = await _checked_hash(username, password)
    async with opened_database(settings) as database, database.transaction() as session:
        await site_of(session, person.site_id)
        if await accounts.account_named(session, username) is not None:
            raise InvalidError(f"there is a user {username!r} already")
        everything = await store.geofences_among(session, person.site_id, ())
        await store.add_person(session, person, sorted(everything))
        await accounts.put_account(session, person.id, username, hashed, person.joined_at)


async def _set_password(settings: ServerSettings, username: str, password: str) -> None:
    hashed = await _checked_hash(username, password)
    async with opened_database(settings) as database, database.transaction() as session:
        account = await accounts.known_account(session, username)
        await accounts.put_account(session, account.person_id, username, hashed, utc_now())
        await accounts.forget_tries(session, username)


async def _all(settings: ServerSettings, site_id: str | None) -> Sequence[accounts.Listed]:
    async with opened_database(settings) as database, database.reading() as session:
        return await accounts.all_accounts(session, site_id)


async def _set_disabled(settings: ServerSettings, username: str, at: datetime | None) -> None:
    async with opened_database(settings) as database, database.transaction() as session:
        account = await accounts.known_account(session, username)
        await accounts.set_disabled(session, account.person_id, at)


async def _token(
    settings: ServerSettings, username: str, name: str, scopes: frozenset[Scope], days: int
) -> str:
    async with opened_database(settings) as database, database.transaction() as session:
        account = await accounts.known_account(session, username)
        person = await session.get_one(Person, account.person_id)
        lasts = timedelta(days=days)
        _, made = await tokens.add_token(session, person, name, scopes, now=utc_now(), lasts=lasts)
        return made


async def _checked_hash(username: str, password: str) -> str:
    accounts.check_username(accounts.username_of(username))
    check_password(password, username)
    return await hash_of_password(password)
