"""The live stream over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from api.changes.store import newest_number
from api.changes.stream import events
from api.dependencies import ServerParts, identify

router = APIRouter(tags=["stream"])


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    request: Request,
    parts: ServerParts,
    last_event_id: Annotated[str | None, Header()] = None,
    resume_after: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> StreamingResponse:
    """Send what changes at the asker's site as it happens; resumes after the number it is given.

    Unlike other routes it holds no transaction while it lasts: that may be days.
    """
    async with parts.database.reading() as session:
        person = await identify(request, session, parts.clock())
        after = _number(last_event_id or resume_after)
        newest = await newest_number(session, person.site_id)
    # A number from the future is from before a restored backup: begin anew rather than stay silent.
    start = newest if after is None or after > newest else after
    return StreamingResponse(
        events(
            parts.database,
            person,
            start,
            changed=parts.changed,
            closing=parts.closing,
            clock=parts.clock,
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
