"""Ports on loopback for the demo: the usual one, or a free one where it is taken."""

import socket


def usual_or_free(port: int) -> int:
    """Return `port` if nobody listens there on loopback, else a free one. 0 asks for a free one."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return usual_or_free(0)
        return int(attempt.getsockname()[1])
