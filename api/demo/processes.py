"""The demo's processes: started, watched, started again when they are killed, ended together."""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
STOP_WITHIN_S = 10.0
PAUSE_BEFORE_RESTART_S = 0.5


def command_of(name: str) -> str:
    """Return the path of one of our commands, in the environment that runs now."""
    return str(Path(sys.executable).with_name(name))


def always(status: int) -> bool:  # noqa: ARG001  (whatever the status)
    """For a server: it has no reason to end."""
    return True


def when_killed(status: int) -> bool:
    """For a station: it ends when it is done, or says what is wrong; a signal is neither."""
    return status < 0


class Process:
    """One child with its log; `comes_back` says after which exit status it is started again."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        environment: dict[str, str],
        comes_back: Callable[[int], bool],
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.output: list[str] = []
        self._arguments = arguments
        self._log = log
        self._environment = environment
        self._comes_back = comes_back
        self._say = say
        self._child: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._task: asyncio.Task[int] | None = None

    def start(self) -> None:
        """Start the child and keep watch over it."""
        self._task = asyncio.create_task(self._watch(), name=self.name)

    async def ended(self) -> int:
        """Wait until the child has ended for good; return its exit status."""
        if self._task is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._task

    def log(self) -> str:
        """Return what the child has said on its standard error, in all its lives."""
        return self._log.read_text(errors="replace")

    def last_words(self) -> str:
        """Return the last line of the log, and where the rest is."""
        lines = self.log().strip().splitlines() or ["it said nothing"]
        return f"{lines[-1]} (log: {self._log})"

    def kill(self) -> bool:
        """Kill the child as a power cut would; return whether there was one to kill."""
        child = self._child
        if self._stopping or child is None or child.returncode is not None:
            return False
        child.kill()
        return True

    async def stop(self) -> None:
        """Ask the child to stop; insist after a while."""
        self._stopping = True
        child = self._child
        if child is not None and child.returncode is None:
            child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.wait(), STOP_WITHIN_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
        if self._task is not None:
            await self._task

    async def _watch(self) -> int:
        while True:
            status = await self._run_once()
            if self._is_stopping() or not self._comes_back(status):
                return status
            self._say(f"the {self.name} ended unexpectedly (status {status}); starting it again")
            await asyncio.sleep(PAUSE_BEFORE_RESTART_S)
            if self._is_stopping():
                return status

    def _is_stopping(self) -> bool:
        return self._stopping

    async def _run_once(self) -> int:
        with self._log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its children
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
            stdout = self._child.stdout
            if stdout is None:
                raise RuntimeError("the child has no output to read")
            async for line in stdout:
                self.output.append(line.decode(errors="replace").rstrip())
            return await self._child.wait()


def _die_with_parent() -> None:
    """Have the kernel stop the child when the demo is killed, so that nothing is left running."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
