"""Takes desired configs, applies them while the station runs, and answers.

A config is kept only once the server has been heard under it: the server's receipt for the report
of this very version. Until then it is tried; without the receipt in time it is undone, whatever
it was that cut the station off.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from edge_agent.contracts.configuration import (
    DesiredConfig,
    Outcome,
    Profile,
    ReportedConfig,
    Seeing,
    Tunables,
    TuningError,
    View,
)
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import Lighting, StoredItem, StoredKind, read_message
from edge_agent.settings import StationSettings
from edge_agent.tuning.memory import Answer, Remembered, TuningMemory, Wish
from edge_agent.tuning.rules import tuned

_log = logging.getLogger(__name__)
FILE_NAME = "tuning.json"
_STARTS_AT_MOST = 3
_REASON_CHARACTERS = 400


class Tuner:
    """One station's tuning. Orders come in the link's thread, questions in the cameras'."""

    def __init__(
        self,
        settings: StationSettings,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self._memory = TuningMemory(settings.state_dir / FILE_NAME)
        self._lock = threading.RLock()
        self._apply: Callable[[Tunables], None] = lambda _: None
        self._report: Callable[[ReportedConfig], None] = lambda _: None
        self._tried_s: float | None = None
        self._counts = Tunables()
        self._by_profile: dict[str | None, Seeing] = {}
        self._remembered = self._wake_up(self._memory.read())
        self._use(self._remembered.wish)

    def begin(
        self, apply: Callable[[Tunables], None], report: Callable[[ReportedConfig], None]
    ) -> None:
        """Apply and report what counts now, and from now on each change.

        `apply` is handed what cannot be asked for at each frame: the broker and the budgets.
        """
        with self._lock:
            self._apply, self._report = apply, report
            self._say()

    def seeing(self, at: datetime, lighting: Lighting | None = None) -> Seeing:
        """Return how to look at a frame taken `at`; the same object while nothing changes."""
        with self._lock:
            profile = self._counts.profile_at(at, lighting)
            return self._by_profile[None if profile is None else profile.name]

    def thresholds(self, at: datetime, deployment_id: str | None = None) -> Mapping[str, float]:
        """Return the confidences that take the place of the release's, for a camera's frame."""
        found = {}
        for light in Lighting:
            seeing = self.seeing(at, light)
            own = seeing.cameras.get(deployment_id or "", View())
            found[light] = own.thresholds.get(light, seeing.thresholds.get(light))
        return {light: value for light, value in found.items() if value is not None}

    @property
    def counts(self) -> Tunables:
        """Everything that can be tuned, as it is now."""
        with self._lock:
            return self._counts

    def desire(self, body: bytes) -> None:
        """Take a desired config as it came over the wire."""
        try:
            desired = read_message(DesiredConfig, body)
        except UnreadableMessageError as error:
            _log.warning("a desired config cannot be read: %s", error)
            return
        with self._lock:
            if desired.version > self._remembered.answer.version:
                self._take(Wish(version=desired.version, settings=desired.settings))
            elif desired.version == self._remembered.answer.version:
                self._say()  # doubled: the server may not have heard the answer

    def heard(self, item: StoredItem) -> None:
        """Note a receipt: the server has heard the report of this version."""
        with self._lock:
            tried = self._remembered.tried
            if item.kind is not StoredKind.CONFIG or tried is None:
                return
            if item.id == str(tried.version):
                self._tried_s = None
                self._remember(kept=tried, tried=None, starts=0)
                _log.info("config %d is kept: the server was heard under it", tried.version)

    def check(self) -> None:
        """Undo what is tried, if the server has not been heard in time. To be called often."""
        patience_s = self._settings.tuning.contact_within_s
        with self._lock:
            if self._tried_s is not None and self._clock_s() - self._tried_s > patience_s:
                self._undo(f"the server was not heard within {patience_s:g} s of applying it")

    def _take(self, wish: Wish) -> None:
        try:
            tuned(self._settings, wish.settings)
            self._remember(tried=wish, starts=0, answer=_answer(wish, Outcome.APPLIED))
        except TuningError as error:
            self._refuse(wish, str(error))
        except OSError as error:
            # Not applied: after a power cut it would be forgotten, and nobody would know.
            self._refuse(wish, f"the station cannot write it down ({error.strerror})")
        else:
            self._use(wish)
            self._tried_s = self._clock_s()
            _log.info("config %d is applied", wish.version)
        self._say()

    def _refuse(self, wish: Wish, reason: str) -> None:
        _log.warning("config %d is refused: %s", wish.version, reason)
        answer = _answer(wish, Outcome.REFUSED, reason)
        self._remember_if_possible(answer=answer)

    def _undo(self, reason: str) -> None:
        tried = self._remembered.tried
        assert tried is not None  # noqa: S101 (only called while something is tried)
        _log.warning("config %d is undone: %s", tried.version, reason)
        self._tried_s = None
        answer = _answer(tried, Outcome.ROLLED_BACK, reason)
        self._remember_if_possible(tried=None, starts=0, answer=answer)
        self._use(self._remembered.kept)
        self._say()

    def _wake_up(self, remembered: Remembered) -> Remembered:
        """Go on with what was tried when the power went; give it up if that happens again."""
        tried = remembered.tried
        if tried is None:
            return remembered
        if remembered.starts >= _STARTS_AT_MOST:
            reason = f"the station restarted {remembered.starts} times before the server was heard"
            answer = _answer(tried, Outcome.ROLLED_BACK, reason)
            woken = Remembered(kept=remembered.kept, answer=answer)
        else:
            woken = remembered.model_copy(update={"starts": remembered.starts + 1})
            self._tried_s = self._clock_s()
        with suppress(OSError):  # a full disk: this start is not counted
            self._memory.write(woken)
        return woken

    def _use(self, wish: Wish) -> None:
        try:
            counts = tuned(self._settings, wish.settings)
        except TuningError as error:
            # The station's own file has changed since, as when a camera was taken away.
            _log.warning("config %d fits no more, the file counts: %s", wish.version, error)
            counts = tuned(self._settings, {})
        profiles: list[Profile | None] = [None, *counts.profiles]
        self._by_profile = {
            each.name if each else None: counts.seeing_by(each) for each in profiles
        }
        self._counts = counts

    def _remember(self, **changes: object) -> None:
        changed = self._remembered.model_copy(update=changes)
        self._memory.write(changed)
        self._remembered = changed

    def _remember_if_possible(self, **changes: object) -> None:
        # On a full disk the next life of the station comes to the same answer once more.
        self._remembered = self._remembered.model_copy(update=changes)
        with suppress(OSError):
            self._memory.write(self._remembered)

    def _say(self) -> None:
        answer = self._remembered.answer
        self._apply(self._counts)
        self._report(
            ReportedConfig(
                simulated=self._settings.simulated,
                at=datetime.now(UTC),
                answered_version=answer.version,
                outcome=answer.outcome,
                reason=answer.reason,
                version=self._remembered.wish.version,
                effective=self._counts.model_dump(mode="json"),
            )
        )


def _answer(wish: Wish, outcome: Outcome, reason: str = "") -> Answer:
    return Answer(version=wish.version, outcome=outcome, reason=reason[:_REASON_CHARACTERS])
