"""What makes the noise: a program, or a pin of the board."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from edge_agent.siren.settings import CommandSirenSettings, GpioSirenSettings

_GRACE_S = 1.0


class HornError(Exception):
    """The horn cannot sound; says why."""


class Horn(Protocol):
    """Makes noise. Cancelling `sound` makes it silent at once."""

    async def sound(self, seconds: float) -> None:
        """Sound for so long. Raises `HornError` if it cannot."""
        ...

    def close(self) -> None:
        """Be silent, and give back what was held."""
        ...


def open_horn(settings: CommandSirenSettings | GpioSirenSettings) -> Horn:
    """Return the horn of a config. Raises `HornError` if there is none of the kind."""
    if isinstance(settings, GpioSirenSettings):
        return PinHorn(settings.pin, active_high=settings.active_high)
    return CommandHorn(settings.command)


class CommandHorn:
    """A program, with all that it starts in turn; killed if it does not end when told."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    async def sound(self, seconds: float) -> None:
        """Run the program for at most so long. One that ends by itself has sounded enough."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise HornError(f"{self._command[0]}: {error.strerror or error}") from error
        try:
            async with asyncio.timeout(seconds):
                status = await process.wait()
        except TimeoutError:
            return
        finally:
            await asyncio.shield(_end(process))
        if status != 0:
            raise HornError(f"{self._command[0]} ended with {status}")

    def close(self) -> None:
        """Nothing is held between two soundings."""


async def _end(process: asyncio.subprocess.Process) -> None:
    _signal(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    # Whatever it started may live on without it.
    _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, sign)


class PinHorn:
    """A relay on a pin. Off from its opening, so a station that begins again ends an old noise."""

    def __init__(self, pin: int, *, active_high: bool) -> None:
        try:
            from gpiozero import DigitalOutputDevice
        except ImportError as error:
            raise HornError("gpiozero is not installed: pip install 'trunkline[board]'") from error
        try:
            self._device: Any = DigitalOutputDevice(
                pin, active_high=active_high, initial_value=False
            )
        except Exception as error:  # every driver below gpiozero raises its own
            raise HornError(f"pin {pin} cannot be had: {error}") from error

    async def sound(self, seconds: float) -> None:
        """Hold the relay for so long."""
        self._device.on()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._device.off()

    def close(self) -> None:
        """Let the relay go, and the pin."""
        self._device.off()
        self._device.close()
