"""Drives a paho client from an event loop, so that no message crosses threads.

As paho documents for loops that are not its own: it says when it has something to write, and is
told when its socket can be read or written. Only calling the broker, which may block for seconds
(names, TLS), happens in a thread.
"""

import asyncio
import logging
import select
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import paho.mqtt.client as mqtt

from api.broker.paho_client import LinkClient

_log = logging.getLogger(__name__)
_READ_AT_ONCE = 200  # packets; then others have their turn
_MISC_EVERY_S = 1.0


class Driver:
    """One client's connections, one after another. `on_end` is called when one has ended."""

    def __init__(self, client: LinkClient, *, on_end: Callable[[], None]) -> None:
        self._client = client
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._socket: Any = None  # a socket or its TLS; None while our loop does not serve it
        self._readable = select.poll()
        self._ended = asyncio.Event()
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write

    async def converse(self, leaving: asyncio.Event) -> None:
        """Connect once and work until the connection ends.

        Raises:
            OSError: nothing listens there, or it is not whom we trust.
        """
        self._ended.clear()
        await asyncio.to_thread(self._client.reconnect)
        self._attach()
        if leaving.is_set():
            self.hang_up()
        while not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_MISC_EVERY_S):
                    await self._ended.wait()
            self._client.loop_misc()  # pings, and gives up a broker that does not answer them

    def hang_up(self) -> None:
        """Send what waits, as far as it can be sent at once, and say goodbye."""
        if self._socket is None:
            return
        self._client.disconnect()
        self._client.loop_write()
        if self._socket is not None:  # the broker does not listen any more
            self._break()

    def _attach(self) -> None:
        self._socket = self._client.socket()
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)
        self._loop.add_reader(self._socket, self._read)
        self._loop.add_writer(self._socket, self._write)  # the CONNECT waits

    def _detach(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket = None
        self._ended.set()
        self._on_end()

    def _break(self) -> None:
        broken = self._socket
        self._detach()
        broken.close()

    def _read(self) -> None:
        """Read what is there. paho takes one packet at a time; a turn of the loop each is dear."""
        try:
            for _ in range(_READ_AT_ONCE):
                if self._socket is None:
                    return
                self._client.loop_read()
                if not self._has_more():
                    return
        except Exception:  # noqa: BLE001 - whatever paho makes of nonsense: it must not come again
            _log.exception("what the broker sent cannot be read; calling it anew")
            self._break()
            return
        self._loop.call_soon(self._read)  # what TLS has read already does not wake us

    def _has_more(self) -> bool:
        reading = self._socket
        if reading is None:
            return False
        if self._client.has_read_more:
            return True
        if isinstance(reading, ssl.SSLSocket) and reading.pending():
            return True
        return bool(self._readable.poll(0))

    def _write(self) -> None:
        self._client.loop_write()

    def _on_socket_close(self, _: mqtt.Client, __: Any, closing: Any) -> None:
        if closing is self._socket:
            self._detach()

    def _on_register_write(self, _: mqtt.Client, __: Any, writable: Any) -> None:
        if writable is self._socket:
            self._loop.add_writer(writable, self._write)

    def _on_unregister_write(self, _: mqtt.Client, __: Any, written: Any) -> None:
        if written is self._socket:
            self._loop.remove_writer(written)
