"""`trunkline-server quarantine`: look at what was kept apart, and try it once more."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import track

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from
from api.dependencies import utc_now
from api.media.folder import MediaFolder
from api.quarantine.rules import ReasonCode
from api.second_try import Replayed, inbox_with, kept_apart, replay
from api.server import opened_database
from api.settings import ServerSettings
from api.tables import Quarantined

quarantine_app = typer.Typer(
    help="The quarantine: messages that could not be read or trusted.", no_args_is_help=True
)
Site = Annotated[str | None, typer.Option(help="Only what names this site; all if absent.")]
Reason = Annotated[ReasonCode | None, typer.Option(help="Only what was kept for this reason.")]


@quarantine_app.command("list")
def show(
    site: Site = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print what is kept apart: number, moment, reason, bytes, topic, and why in words."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    rows = done(lambda: _kept_apart(settings, (), site, reason))
    for row in rows[-limit:]:
        typer.echo(
            f"{row.id:>7}  {row.received_at:%Y-%m-%d %H:%M:%S}Z  {row.reason_code:<15}"
            f"  {row.size_bytes:>6} B  {row.topic[:100]}  {row.reason}"
        )
    typer.echo(f"{len(rows)} kept apart" + (f", {limit} shown" if len(rows) > limit else ""))


@quarantine_app.command("replay")
def replay_messages(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="As `list` prints them; all that match if absent.")
    ] = None,
    site: Site = None,
    reason: Reason = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Needed where neither number nor filter is given.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Handle messages as if they came once more, with every check; nobody is rung for old news.

    Of use after a station was enrolled (unknown_station), a key was put right (forged), or this
    server was mended (failed). What is handled leaves the quarantine; the rest says why not.
    """
    if not (numbers or site or reason or everything):
        fail("say which: numbers, --site, --reason, or --all for everything")
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    replayed = done(lambda: _replay(settings, numbers or (), site, reason))
    for each in replayed:
        if not each.is_handled:
            typer.echo(f"{each.id:>7}  stays: {each.reason}")
    count = Counter(each.is_handled for each in replayed)
    typer.echo(f"{count[True]} handled, {count[False]} stay")
    if missing := sorted(set(numbers or ()) - {each.id for each in replayed}):
        fail(f"not in quarantine: {', '.join(map(str, missing))}")


async def _kept_apart(
    settings: ServerSettings, numbers: Sequence[int], site: str | None, reason: ReasonCode | None
) -> list[Quarantined]:
    async with opened_database(settings) as database, database.reading() as session:
        return await kept_apart(session, numbers=numbers, site_id=site, reason_code=reason)


async def _replay(
    settings: ServerSettings, numbers: Sequence[int], site: str | None, reason: ReasonCode | None
) -> list[Replayed]:
    inbox = inbox_with(settings, MediaFolder(settings.media_folder))
    wanted = [row.id for row in await _kept_apart(settings, numbers, site, reason)]
    replayed: list[Replayed] = []
    async with opened_database(settings) as database:
        for number in track(wanted, "trying again", transient=True, disable=len(wanted) < 20):
            # Each by itself: what was handled stays so if the command is stopped.
            async with database.transaction() as session:
                rows = await kept_apart(session, numbers=[number])
                replayed += [await replay(session, inbox, row, utc_now()) for row in rows]
    return replayed
