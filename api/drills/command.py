"""`trunkline-server drill`: ring for practice, watch who is reached, and print it."""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.command_line import DatabaseUrl, DataDir, done, settings_from
from api.database import Database
from api.dependencies import utc_now
from api.drills import results
from api.drills.ordering import begin
from api.drills.results import DrillView
from api.drills.rules import Scope
from api.drills.store import Order
from api.errors import InvalidError
from api.server import opened_database
from api.settings import ServerSettings
from api.tables import AlertLevel

LOOK_EVERY_S = 1.0
_err = Console(stderr=True, highlight=False)


def drill(
    site: Annotated[str, typer.Option("--site", help="The site's id.")],
    person: Annotated[int | None, typer.Option(help="Ring this person's phones alone.")] = None,
    geofence: Annotated[
        int | None, typer.Option(help="Ring those who follow this geofence. None: all of the site.")
    ] = None,
    level: Annotated[AlertLevel, typer.Option(help="What it practises.")] = AlertLevel.WARNING,
    wait_s: Annotated[
        int, typer.Option("--wait", min=0, help="For how many seconds to watch who is reached.")
    ] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Ring for practice, marked as such, and print who was reached, in how many seconds, and how.

    A server that dispatches must be running. Exits 1 if somebody was not reached in time.
    """
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    result = done(lambda: _drill(settings, site, _order(person, geofence, level), wait_s))
    typer.echo(result.model_dump_json()) if as_json else _print(result)
    raise typer.Exit(0 if result.reached == result.people else 1)


def _order(person: int | None, geofence: int | None, level: AlertLevel) -> Order:
    if person is not None:
        return Order(Scope.PERSON, level, person_id=person)
    if geofence is not None:
        return Order(Scope.VILLAGE, level, geofence_id=geofence)
    return Order(Scope.SITE, level)


async def _drill(settings: ServerSettings, site: str, order: Order, wait_s: int) -> DrillView:
    if order.person_id is not None and order.geofence_id is not None:
        raise InvalidError("a drill is for a person or for a geofence, not for both")
    async with opened_database(settings) as database:
        async with database.transaction() as session:
            begun = await begin(session, site, order, None, utc_now())
        return await _watched(database, site, begun.id, utc_now() + timedelta(seconds=wait_s))


async def _watched(database: Database, site: str, drill_id: str, until: datetime) -> DrillView:
    with _err.status("ringing") as status:
        while True:
            async with database.reading() as session:
                known = await results.drill_of(session, site, drill_id)
                result = await results.result_of(session, known)
            if result.reached == result.people or utc_now() >= until:
                return result
            status.update(f"ringing: {result.reached} of {result.people} reached")
            await asyncio.sleep(LOOK_EVERY_S)


def _print(result: DrillView) -> None:
    table = Table(title=f"Drill {result.id}", title_justify="left")
    for heading in ("person", "channel", "state", "reached after", "answered after"):
        table.add_column(heading)
    for person in result.results:
        answered = _seconds(person.answered_s)
        if not person.ways:
            table.add_row(person.name, "-", "no phone", "never", answered)
        for way in person.ways:
            firsts = (way.received_s, way.shown_s, way.opened_s)
            reached = min((each for each in firsts if each is not None), default=None)
            state = f"{way.state}: {way.detail}" if way.detail else way.state
            table.add_row(person.name, way.channel, state, _seconds(reached), answered)
    Console(file=sys.stdout, highlight=False).print(table)
    typer.echo(
        f"{result.reached} of {result.people} reached, {result.answered} answered"
        + (f"; half of them within {result.median_s} s" if result.median_s is not None else "")
    )


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"
