"""Has a release look at kept pictures, in a process of its own: `trunkline-detector`.

The server itself has no network and no runtime for one. It lays the pictures out, starts the
command, and reads what that wrote.
"""

import asyncio
import shutil
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from api.errors import InvalidError
from api.media.folder import MediaFolder
from api.media.rules import media_type_of
from api.replay.megadetector import scores_in
from api.replay.playing import Network

PROGRAM = "trunkline-detector"
_SUFFIXES = {"image/jpeg": ".jpg", "image/webp": ".webp"}
_LAST_WORDS = 400


def lay_out(media: MediaFolder, names: Iterable[str], folder: Path) -> int:
    """Copy kept pictures to a folder, each under its SHA-256; return how many there were."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for sha256 in names:
        source = media.path_of(sha256)
        if not source.is_file():
            continue
        suffix = _SUFFIXES.get(media_type_of(source.read_bytes()) or "", ".jpg")
        shutil.copyfile(source, folder / f"{sha256}{suffix}")
        count += 1
    return count


async def look_again(pictures: Path, release: Path, program: str | None = None) -> Network:
    """Let a release look at all pictures of a folder.

    Raises:
        InvalidError: the command is not there, or fails; or this is no release.
    """
    name, thresholds = read_release(release)
    result = pictures.parent / f"{pictures.name}-{name}.json"
    command = [program or find_program(), "detect", str(pictures), "--model", str(release)]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--json",
        str(result),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode != 0 or not result.is_file():
        last = said.decode(errors="replace").strip()[-_LAST_WORDS:]
        raise InvalidError(f"{command[0]} could not look at the pictures: {last}")
    scores, _ = scores_in(result.read_bytes())
    return Network(name, scores, thresholds)


def find_program() -> str:
    """Return where `trunkline-detector` is: beside this Python, or on PATH.

    Raises:
        InvalidError: it is not installed here.
    """
    beside = Path(sys.executable).with_name(PROGRAM)
    found = str(beside) if beside.is_file() else shutil.which(PROGRAM)
    if found is None:
        raise InvalidError(
            f"{PROGRAM} is not installed here (`pip install 'trunkline[edge]'` in an environment "
            "of its own); name it with --detector"
        )
    return found


def read_release(folder: Path) -> tuple[str, dict[str, float]]:
    """Return a release's name and its thresholds by lighting.

    Raises:
        InvalidError: the folder holds no release.
    """
    try:
        told: dict[str, Any] = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
        return str(told["name"]), {k: float(v) for k, v in told["thresholds"].items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidError(f"{folder} is no release: {error}") from error
