"""`trunkline-server ledger`: check the proof, and read it."""

import re
from pathlib import Path
from typing import Annotated

import typer

from api.command_line import DatabaseUrl, DataDir, done, fail, settings_from, tried
from api.dependencies import utc_now
from api.ledger import certificate as certificates
from api.ledger import proof
from api.ledger.certificate import SignedCertificate
from api.ledger.certifying import Issuer, certificate_of
from api.ledger.page import page
from api.ledger.rules import Head
from api.ledger.signing import LedgerKey, read_key
from api.ledger.timeline import Line
from api.ledger.walking import Trusted, Verdict
from api.secret_files import open_data_dir
from api.server import opened_database
from api.settings import ServerSettings

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
    key: Annotated[
        list[str] | None, typer.Option(help="A public key that the server had once; or more.")
    ] = None,
    signatures: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A file of signatures that you kept."),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Walk every entry and say whether the chain holds, or where it first does not.

    It is held against the server's signatures: an end that was cut off, or a chain that was written
    anew, is found up to the last of them. Keep copies of ledger-signatures.jsonl elsewhere, or note
    the head that is printed on paper: whoever has taken the whole server cannot change those.
    """
    if head is not None and site is None:
        fail("a head belongs to one site: say which with --site")
    noted = _head(head) if head is not None else None
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    trusted = tried(lambda: Trusted.by(settings.data_dir, key or (), signatures or ()))
    verdicts = done(lambda: proof.verify(settings, site, noted, trusted))
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


@ledger_app.command("key")
def public_key(data_dir: DataDir = None) -> None:
    """Print the public key with which everything of this ledger is checked. Note it elsewhere."""
    settings = settings_from(data_dir=data_dir)
    key = tried(lambda: LedgerKey.load_or_create(open_data_dir(settings.data_dir)))
    typer.echo(key.public)


@ledger_app.command("certificate")
def certificate(
    alert: Annotated[str, typer.Argument(help="The alert's id, as in the phone app's address.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, help="A .html file to print, or .json; else JSON."
        ),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Certify who was warned of one alert, when, and whether it reached them."""
    if output is not None and output.suffix not in {".html", ".json"}:
        fail("the file to write is a .html, as a page to print, or a .json")
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    signed = done(lambda: _certify(settings, alert))
    as_page = output is not None and output.suffix == ".html"
    text = page(signed) if as_page else signed.model_dump_json(indent=2)
    if output is None:
        typer.echo(text)
        return
    tried(lambda: output.write_text(text, "utf-8"))
    typer.echo(f"{output}: fingerprint {signed.certificate.fingerprint}")


@ledger_app.command("check")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A certificate.")],
    key: Annotated[str, typer.Option(help="The server's public key, as `ledger key` prints it.")],
) -> None:
    """Check a certificate, offline: it needs no server, only the public key that you noted."""
    trusted = tried(lambda: read_key(key))
    signed = tried(lambda: certificates.read(file.read_text("utf-8")))
    tried(lambda: certificates.check(signed, trusted))
    for line in signed.certificate.lines:
        typer.echo(_row(line))
    found = signed.certificate
    typer.echo(
        f"genuine: issued {found.issued_at:%Y-%m-%d %H:%M} UTC by {found.issued_by} "
        f"for alert {found.alert}; fingerprint {found.fingerprint}"
    )


async def _certify(settings: ServerSettings, alert_id: str) -> SignedCertificate:
    key = LedgerKey.load_or_create(open_data_dir(settings.data_dir))
    issuer = Issuer(key, settings.url, Trusted.by(settings.data_dir))
    async with opened_database(settings) as database, database.reading() as session:
        return await certificate_of(session, issuer, alert_id, utc_now())


def _sentence(verdict: Verdict) -> str:
    if verdict.broken is not None:
        return f"{verdict.site_id}: BROKEN: {verdict.broken.reason}"
    if verdict.head.number == 0:
        return f"{verdict.site_id}: no entries yet"
    holds = f"{verdict.site_id}: {verdict.head.number} entries hold; head {verdict.head}"
    signed = verdict.signed
    if signed is None:
        return f"{holds}; not signed yet"
    later = verdict.head.number - signed.number
    after = f", {later} came later" if later else ""
    return f"{holds}; signed up to {signed.number} on {signed.signed_at:%Y-%m-%d %H:%M} UTC{after}"


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
