"""Tells systemd that the station lives. Without systemd there is nobody to tell, and nothing is."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

_AT_LEAST_S = 0.1


async def keep_alive(environment: Mapping[str, str] = os.environ) -> None:
    """Say `READY=1` once and `WATCHDOG=1` twice as often as the unit's `WatchdogSec` asks.

    Runs in the loop that looks at the cameras, so that a loop that hangs falls silent, and systemd
    begins the station anew. Ends at once where no watchdog is asked for.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    notify(address, "READY=1")
    every_s = watchdog_s(environment)
    while every_s is not None:
        notify(address, "WATCHDOG=1")
        await asyncio.sleep(max(_AT_LEAST_S, every_s / 2))


def watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return the silence after which systemd kills this process; None if it never does."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return microseconds / 1e6 if microseconds > 0 else None


def notify(address: str, state: str) -> None:
    """Send one state to the socket; a leading `@` names an abstract one. Never raises."""
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_systemd:
        to_systemd.sendto(state.encode(), path)
