"""`trunkline-server broker certificate`: TLS for a broker of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from api.broker.certificates import write_certificates
from api.command_line import tried
from api.dependencies import utc_now


def certificate(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to write them.")],
    name: Annotated[
        list[str], typer.Option(help="A name or number by which the broker is found; or more.")
    ],
) -> None:
    """Make an authority and a broker's certificate; again before it ends, after about a year."""
    written = tried(lambda: write_certificates(folder, name, utc_now()))
    for path in written:
        typer.echo(path)
    if not written:
        typer.echo("the certificate is good for two months and more: nothing to do")
    typer.echo(
        f'stations need {folder / "ca.crt"}: [broker] tls = true, ca_file = "ca.crt"; '
        f"our side TRUNKLINE_BROKER_TLS_CA={folder / 'ca.crt'}. Keep ca.key to yourself"
    )
