import asyncio
import resource
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api import web_lines

PATIENCE_S = 0.3


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A web server that answers after twice as long as it waits to be asked."""
    monkeypatch.setattr(web_lines, "ASKS_WITHIN_S", PATIENCE_S)

    async def slow(_: Request) -> PlainTextResponse:
        await asyncio.sleep(2 * PATIENCE_S)
        return PlainTextResponse("at last")

    app = Starlette(routes=[Route("/", slow)])
    config = uvicorn.Config(
        app, http=web_lines.ImpatientProtocol, port=0, lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def what_comes(port: int, said: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(10):
        heard = await reader.read()
    writer.close()
    return heard


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: 1"])
async def test_who_asks_for_nothing_is_hung_up_on(port: int, said: bytes) -> None:
    assert await what_comes(port, said) == b""


async def test_who_has_asked_may_wait(port: int) -> None:
    heard = await what_comes(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert heard.endswith(b"at last")


def test_a_server_has_as_many_lines_as_the_system_lets_it() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource as r; from api.web_lines import allow_many_lines as a;"
        "r.setrlimit(r.RLIMIT_NOFILE, (300, r.getrlimit(r.RLIMIT_NOFILE)[1]));"
        "a(); print(r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert int(told.stdout) == hard
