"""`trunkline-server backup` and `restore`."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api import migrations
from api.backup.archive import OTHERS, SECRETS, Manifest, unpacked, writing
from api.backup.copying import dump, load, open_reading
from api.command_line import DatabaseUrl, DataDir, done, settings_from
from api.dependencies import utc_now
from api.errors import InvalidError
from api.health import VERSION
from api.secret_files import open_data_dir
from api.server import ensure_migrated
from api.settings import ServerSettings

_err = Console(stderr=True, highlight=False)


def backup(
    target: Annotated[Path, typer.Argument(help="A folder, or the .tar.gz to write.")],
    media: Annotated[bool, typer.Option(help="Pictures too.")] = True,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write all that the server knows into one file, while it goes on working.

    It holds the secrets and the stations' keys: keep it as safe as the server itself.
    """
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    path, manifest = done(lambda: _backup(settings, target, with_media=media))
    rows = sum(table.rows for table in manifest.tables)
    typer.echo(f"{path}: {rows} rows, {len(manifest.files)} files")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A backup.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Put a backup into an empty database and a new data folder; either kind of database."""
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    manifest = done(lambda: _restore(settings, file))
    rows = sum(table.rows for table in manifest.tables)
    typer.echo(f"restored {rows} rows and {len(manifest.files)} files of {manifest.made_at}")
    typer.echo("`trunkline-server ledger verify` says whether the proof in it holds")


async def _backup(
    settings: ServerSettings, target: Path, *, with_media: bool
) -> tuple[Path, Manifest]:
    data_dir = open_data_dir(settings.data_dir)
    await ensure_migrated(settings, migrate=False)
    now = utc_now()
    name = f"trunkline-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    path = target / name if await asyncio.to_thread(target.is_dir) else target
    if path.suffixes[-2:] != [".tar", ".gz"]:
        raise InvalidError(f"{target} is neither a folder that is there nor a name with .tar.gz")
    return path, await asyncio.to_thread(
        _write, settings, data_dir, path, now.isoformat(), with_media=with_media
    )


def _write(
    settings: ServerSettings, data_dir: Path, path: Path, made_at: str, *, with_media: bool
) -> Manifest:
    engine = open_reading(settings.database)
    try:
        with writing(path) as writer:
            dump(engine, writer, _tell)
            for name in (*SECRETS, *OTHERS):
                if (data_dir / name).exists():
                    writer.file(name, data_dir / name)
            # After the tables: a picture that came meanwhile is one too many, never one too few.
            for picture in _pictures(settings.media_folder) if with_media else ():
                writer.file(f"media/{picture.relative_to(settings.media_folder)}", picture)
            return writer.end(version=VERSION, made_at=made_at, revision=migrations.newest())
    except OSError as error:
        raise InvalidError(f"{path} cannot be written: {error}") from error
    finally:
        engine.dispose()


def _pictures(folder: Path) -> list[Path]:
    if not folder.exists():
        return []
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


async def _restore(settings: ServerSettings, file: Path) -> Manifest:
    data_dir = open_data_dir(settings.data_dir)
    return await asyncio.to_thread(_read, settings, data_dir, file)


def _read(settings: ServerSettings, data_dir: Path, file: Path) -> Manifest:
    with unpacked(file) as (manifest, folder):
        taken = [name for name in SECRETS if _differs(data_dir / name, folder / "files" / name)]
        if taken:
            raise InvalidError(
                f"{data_dir} has a {taken[0]} of its own: restore into a new data folder"
            )
        load(settings.database, manifest, folder, _tell)
        for name in manifest.files:
            in_media = name.removeprefix("media/")
            to = data_dir / name if in_media == name else settings.media_folder / in_media
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "files" / name, to)
            os.chmod(to, 0o600)  # noqa: PTH101 - a path of ours
        return manifest


def _differs(own: Path, saved: Path) -> bool:
    return own.exists() and saved.exists() and own.read_bytes() != saved.read_bytes()


def _tell(table: str, rows: int) -> None:
    if rows:
        _err.print(f"  {table}: {rows}", style="dim", markup=False)
