"""`trunkline-server ledger`: check the proof, and read it."""

import re
from typing import Annotated

import typer

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from
from api.ledger import proof
from api.ledger.proof import Verdict
from api.ledger.rules import Head
from api.ledger.timeline import Line

ledger_app = typer.Typer(
    help="The ledger: the proof of who was warned, when, and whether it reached them.",
    no_args_is_help=True,
)


@ledger_app.command("verify")
def verify(
    site: Annotated[str | None, typer.Option(help="The site's id; all sites if absent.")] = None,
    head: Annotated[
        str | None, typer.Option(help="A NUMBER:HASH noted earlier, which must still be there.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Walk every entry and say whether the chain holds, or where it first does not.

    Note the head that is printed somewhere else, as on paper: without one, nobody can tell a ledger
    whose end was cut off, or which was written anew as a whole, from an untouched one.
    """
    if head is not None and site is None:
        fail("a head belongs to one site: say which with --site")
    noted = _head(head) if head is not None else None
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    verdicts = done(lambda: proof.verify(settings, site, noted))
    for verdict in verdicts:
        typer.echo(_sentence(verdict))
    if any(verdict.broken for verdict in verdicts):
        raise typer.Exit(1)


@ledger_app.command("show")
def show(
    alert: Annotated[str, typer.Argument(help="The alert's id, as in the phone app's address.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print what happened to one alert, from capture to acknowledgement."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    found = done(lambda: proof.show(settings, alert))
    for line in found.lines:
        typer.echo(_row(line))
    typer.echo(_sentence(found.verdict))
    if found.verdict.broken:
        raise typer.Exit(1)


def _sentence(verdict: Verdict) -> str:
    if verdict.broken is not None:
        return f"{verdict.site_id}: BROKEN: {verdict.broken.reason}"
    if verdict.head.number == 0:
        return f"{verdict.site_id}: no entries yet"
    return f"{verdict.site_id}: {verdict.head.number} entries hold; head {verdict.head}"


def _row(line: Line) -> str:
    number = f"#{line.number}" if line.number else ""
    after = f"{line.after_capture_s:+.1f} s" if line.after_capture_s is not None else ""
    at = line.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"{number:>7}  {at}Z  {after:>10}  {line.step:<12}  {line.words}"


def _head(text: str) -> Head:
    if re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text) is None:
        fail("a head is a number, a colon and 64 hex digits, as `ledger verify` prints it")
    number, _, digest = text.partition(":")
    return Head(int(number), digest)
