"""What a watchdog asks: does the process live, and can it do its work?"""

import logging
from importlib.metadata import version

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Parts, ServerParts

_log = logging.getLogger(__name__)
VERSION = version("trunkline")

router = APIRouter(tags=["server"])


@router.get("/health/live")
async def live() -> dict[str, bool]:
    """Say that the process answers; one that does not is to be killed and begun anew.

    It asks nobody else: a database that is away is no reason to kill a server that waits for it.
    """
    return {"ok": True}


@router.get("/health/ready")
async def ready(request: Request, parts: ServerParts) -> JSONResponse:
    """Say whether to send people here; 503 while the database or the broker is away,
    while nothing can be kept (a full disk), or at the end.

    The first answer of a new process comes only once its database has the shape that it wants.
    """
    told = await state(request, parts)
    is_closing = parts.closing.is_set()
    is_ready = bool(told["ok"]) and not is_closing
    return JSONResponse({**told, "ok": is_ready, "stopping": is_closing}, 200 if is_ready else 503)


@router.get("/healthz")
async def healthz(request: Request, parts: ServerParts) -> JSONResponse:
    """Say whether the server does its work; 503 if it cannot."""
    told = await state(request, parts)
    return JSONResponse(told, 200 if told["ok"] else 503)


async def state(request: Request, parts: Parts) -> dict[str, object]:
    """Return what the process stands on, and whether all of it holds."""
    try:
        async with parts.database.reading() as session:
            await session.execute(text("SELECT 1"))
        database = "ok"
    except SQLAlchemyError as error:
        _log.warning("the database does not answer: %s", error)
        database = "unreachable"
    told = {
        "broker": "elsewhere",
        **request.app.state.health(),
        "database": database,
        "version": VERSION,
    }
    is_well = database == "ok" and told["broker"] != "disconnected"
    return {"ok": is_well and told.get("storing") != "failing", **told}
