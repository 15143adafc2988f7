"""A large body on its way to the disk: whole, or not at all."""

import asyncio
import shutil
from pathlib import Path

from fastapi import Request

from api.errors import TooLargeError

_ROOM_LEFT_BYTES = 512 * 2**20  # for the database and the pictures of the next night


async def receive(request: Request, path: Path, *, most: int) -> None:
    """Write a request's body to a file, at most so many bytes of it, without ever holding it.

    Raises:
        TooLargeError: it is larger, or the disk has no room for it; nothing is left behind then.
    """
    part = path.with_suffix(".part")
    room = shutil.disk_usage(path.parent).free - _ROOM_LEFT_BYTES
    most = min(most, room)
    taken = 0
    try:
        with part.open("wb") as file:
            async for chunk in request.stream():
                taken += len(chunk)
                if taken > most:
                    raise TooLargeError(f"there is room for {max(most, 0) // 2**20} MB here")
                await asyncio.to_thread(file.write, chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
