"""Wakes a thread that waits for the network because there is something to send."""

import socket
from contextlib import suppress


class Wake:
    """A bell that `select` can hear. Rung from any thread, listened to by one."""

    def __init__(self) -> None:
        self._listening, self._ringing = socket.socketpair()
        self._listening.setblocking(False)
        self._ringing.setblocking(False)

    def fileno(self) -> int:
        """Return what `select` waits for."""
        return self._listening.fileno()

    def ring(self) -> None:
        """End the waiting, now or as soon as it begins."""
        with suppress(BlockingIOError):  # it has been rung often enough
            self._ringing.send(b"!")

    def silence(self) -> None:
        """Let the next waiting wait."""
        with suppress(BlockingIOError):
            while self._listening.recv(4096):
                pass
