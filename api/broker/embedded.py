"""The broker of a server that stands alone: amqtt in a thread of its own.

Why amqtt, and what it does not promise, is in docs/decisions/0002-embedded-broker.md.
"""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amqtt.adapters import StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType

from api.broker.amqtt_plugins import StationAuthentication, StationTopics
from api.broker.gate import Gate
from api.broker.hand_over import HandOver, Voice
from api.broker.provider import SERVER_USERNAME, BrokerAddress
from api.broker.station_reader import THIS_VOICE, StationReader
from api.errors import SetUpError

_log = logging.getLogger(__name__)
_LISTENER = "default"
_MAX_CONNECTIONS = 1_000
MAX_STRANGERS = 100  # who have not been let in yet: that takes milliseconds, or ten seconds
_SESSION_KEPT_S = 24 * 3600
_STOP_WITHIN_S = 10.0


class EmbeddedBroker:
    """Listens on one address, in a thread with its own event loop, while its context lasts."""

    def __init__(self, host: str, port: int, gate: Gate, *, server_password: str) -> None:
        self._host = host
        self._port = port
        self._gate = gate
        self._server_password = server_password

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BrokerAddress]:
        """Start the broker; stop it at the end."""
        _quieten_amqtt()
        listening = _listen(self._host, self._port)
        hand_over = HandOver()
        thread = _BrokerThread(listening, self._gate, hand_over)
        thread.start()
        try:
            await asyncio.to_thread(thread.wait_until_started)
            yield BrokerAddress(
                host=_reachable(self._host),
                port=listening.getsockname()[1],
                username=SERVER_USERNAME,
                password=self._server_password,
                speaks_mqtt5=False,
                hand_over=hand_over,
            )
        finally:
            await asyncio.to_thread(thread.stop)


class ClientWriter(StreamWriterAdapter):  # type: ignore[misc]
    """Says nothing to a client that has gone: amqtt goes on to acknowledge all it had said."""

    def write(self, data: bytes) -> None:
        """Send it, if there is still somebody."""
        if not self._writer.is_closing():
            super().write(data)


class _BrokerThread(threading.Thread):
    def __init__(self, listening: socket.socket, gate: Gate, hand_over: HandOver) -> None:
        super().__init__(name="broker", daemon=True)
        self._listening = listening
        self._gate = gate
        self._hand_over = hand_over
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked: asyncio.Event | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - reported in the thread that waits for the start
            self._failure = error
            _log.error("the embedded broker ended", exc_info=error)
        finally:
            self._started.set()

    def wait_until_started(self) -> None:
        self._started.wait()
        if self._failure is not None:
            raise SetUpError(f"the embedded broker cannot start: {self._failure}")

    def stop(self) -> None:
        if self._loop is not None and self._stop_asked is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._stop_asked.set)
        self.join(_STOP_WITHIN_S)
        self._listening.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_asked = asyncio.Event()
        broker = Broker(_config(self._gate))
        await broker.start()
        clients = _Clients()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            voice = self._hand_over.new_voice(writer)
            if clients.admit(voice):
                await _serve_client(broker, reader, writer, voice, self._hand_over)
            else:
                writer.close()

        server = await asyncio.start_server(connected, sock=self._listening)
        self._started.set()
        await self._stop_asked.wait()
        server.close()
        await broker.shutdown()
        await clients.send_away()


class _Clients:
    """Who is connected. Whoever has no password takes no station's place, however often they call.

    Of too many strangers the one who has waited longest goes: a station is let in at once.
    """

    def __init__(self) -> None:
        self._all: dict[asyncio.Task[None], Voice] = {}  # the longest connected first

    def admit(self, voice: Voice) -> bool:
        """Whether there is room for the client whose task this is."""
        task = asyncio.current_task()
        strangers = [each for each, known in self._all.items() if known.user is None]
        if task is None or len(self._all) - len(strangers) >= _MAX_CONNECTIONS:
            return False
        if len(strangers) >= MAX_STRANGERS:
            strangers[0].cancel()
            del self._all[strangers[0]]
        self._all[task] = voice
        task.add_done_callback(lambda done: self._all.pop(done, None))
        return True

    async def send_away(self) -> None:
        """End every connection."""
        tasks = list(self._all)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve_client(
    broker: Broker,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    voice: Voice,
    hand_over: HandOver,
) -> None:
    THIS_VOICE.set(voice)
    try:
        await broker.external_connected(
            StationReader(reader, voice, hand_over), ClientWriter(writer), _LISTENER
        )
    except (ConnectionError, OSError) as error:
        _log.debug("a client of the embedded broker went away: %s", error)
    except Exception:  # noqa: BLE001 - one client may not end the broker
        _log.exception("the embedded broker failed one client")
    finally:
        writer.close()


def _config(gate: Gate) -> BrokerConfig:
    # We accept connections ourselves: amqtt then listens nowhere else and reads within limits.
    return BrokerConfig(
        listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL, bind="ours")},
        session_expiry_interval=_SESSION_KEPT_S,
        plugins={
            f"{plugin.__module__}.{plugin.__name__}": {"gate": gate}
            for plugin in (StationAuthentication, StationTopics)
        },
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SetUpError(
            f"the broker cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}); "
            "stop what uses that port, or choose another with --broker-port"
        ) from error


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _quieten_amqtt() -> None:
    """Keep amqtt's talk of single clients out of our log; what matters is seen at the receipts."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
