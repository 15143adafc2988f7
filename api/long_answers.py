"""Answers that may be too long to hold in memory: told while their rows are read, page by page.

Each page is a question of its own: who reads slowly holds no transaction, and between pages the
process goes on warning people.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database

PAGE = 250

ReadPage = Callable[[AsyncSession, Sequence[int]], Awaitable[Sequence[BaseModel]]]


def told_in_pages(
    database: Database,
    wanted: Select[int],
    read_page: ReadPage,
    *,
    name: str,
    rest: Callable[[], BaseModel],
) -> StreamingResponse:
    """Return `{name: [...], **rest}` as JSON; `rest` is asked for when all pages were read.

    `wanted` are the ids of what is told, in its order; `read_page` returns what to tell of some.
    """

    async def parts() -> AsyncIterator[str]:
        async with database.reading() as session:
            ids = list(await session.scalars(wanted))
        yield f'{{"{name}":['
        for start in range(0, len(ids), PAGE):
            async with database.reading() as session:
                page = await read_page(session, ids[start : start + PAGE])
            text = ",".join(each.model_dump_json() for each in page)
            yield f",{text}" if start and text else text
        yield f"],{rest().model_dump_json().removeprefix('{')}"

    return StreamingResponse(parts(), media_type="application/json")
