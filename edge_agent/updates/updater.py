"""Takes offers of releases, and brings each to its end: running, refused, or rolled back.

Everything happens in one thread beside the cameras. What matters is on the disk before it is done,
so that a power cut at any moment leaves the running release running:

    fetching   the files come, and are gone on with after a restart
    trial      begins anew after a restart; too many restarts end it
    probation  after a restart the release before runs, and the trial begins anew
    running    the release is the station's own; if it cannot be started, the one before is
"""

import logging
import platform
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from detector.pictures import Pixels
from detector.release import Release, ReleaseError, load_release
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import read_message
from edge_agent.contracts.updates import ENDS, Manifest, Step, UpdateOffer, UpdateReport
from edge_agent.looking import Eye, Network, Thresholds
from edge_agent.settings import StationSettings, UpdatesSettings
from edge_agent.updates.admission import Place, admit, opened
from edge_agent.updates.fetching import Fetcher
from edge_agent.updates.judging import Rules
from edge_agent.updates.memory import Adopted, Remembered, UpdatesMemory
from edge_agent.updates.opsets import understands
from edge_agent.updates.refusal import RefusedError, TryAgainError
from edge_agent.updates.second import Limits, Second, SecondError
from edge_agent.updates.shelf import FILE_NAME, keep_only, updates_folder
from edge_agent.updates.standby import Standby
from edge_agent.updates.trial import (
    InterruptedTrialError,
    LiveFrames,
    Running,
    Trial,
    exam_pictures,
)

_log = logging.getLogger(__name__)
_TRIES_AT_MOST = 3
# So long must an adopted release have looked in the station's own process to be trusted.
_SETTLED_AFTER_S = 600.0
_PAUSES_S = (1.0, 5.0, 20.0, 60.0, 300.0)
_REASON_CHARACTERS = 400
_STOP_WITHIN_S = 20.0
Load = Callable[[Path], tuple[Network, Thresholds]]


class Updater:
    """One station's updates. Offers come in the link's thread; start once, stop once."""

    def __init__(
        self,
        settings: StationSettings,
        eye: Eye,
        load: Load,
        *,
        exam: Callable[[], Iterable[Pixels]] = exam_pictures,
    ) -> None:
        self._settings = settings
        self._rules = settings.updates
        self._eye = eye
        self._load = load
        self._exam = exam
        self._folder = updates_folder(settings)
        self._memory = UpdatesMemory(self._folder / FILE_NAME)
        self._remembered = self._memory.read()
        self._report: Callable[[UpdateReport], None] = lambda _: None
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._stopping = False
        self._taken: str | None = None
        self._trial: Trial | None = None
        self._thread = threading.Thread(target=self._run, name="updates", daemon=True)

    def start(self, report: Callable[[UpdateReport], None]) -> None:
        """Say how things stand, and go on with what was begun."""
        self._report = report
        if self._remembered.step is Step.PROBATION:
            self._remember(step=Step.TRIAL)  # the release before runs again
        self._say()
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Leave off; what was begun is gone on with at the next start."""
        self._stopping = True
        self._wake.set()
        self._thread.join(_STOP_WITHIN_S)

    def offer(self, body: bytes) -> None:
        """Take an offer as it came over the wire; a doubled one is only answered again."""
        try:
            offer = read_message(UpdateOffer, body)
        except UnreadableMessageError as error:
            _log.warning("an offered release cannot be read: %s", error)
            return
        with self._lock:
            known = self._remembered.offer
            if known is not None and known.digest == offer.digest:
                self._say()
                return
            try:
                manifest = opened(offer, self._rules.public_key)
                admit(manifest, self._place())
            except RefusedError as refusal:
                self._turn_away(offer, str(refusal))
                return
            _log.info("release %s is offered", manifest.name)
            self._remember(
                offer=offer,
                step=Step.FETCHING,
                reason="",
                tries=0,
                newest_signed_at=manifest.signed_at,
            )
            self._say()
            self._wake.set()

    # ---------------------------------------------------------------- in our own thread

    def _run(self) -> None:
        while not self._stopping:
            if not self._wake.wait(None if self._remembered.settled else _SETTLED_AFTER_S):
                self._remember(settled=True, starts=0)
            self._wake.clear()
            offer = self._remembered.offer
            if self._stopping or offer is None or self._remembered.step in ENDS:
                continue
            try:
                self._work(offer)
            except InterruptedTrialError:
                continue  # a newer offer is there, or we stop
            except Exception:  # noqa: BLE001 (loud: logged with its traceback)
                # The top of this thread's loop. The running release runs on.
                _log.exception("an update failed in a way nobody expected")
                self._end(offer, Step.REFUSED, "the station failed at it; see its log")

    def _work(self, offer: UpdateOffer) -> None:
        self._taken, self._trial = offer.digest, None
        before = Running(*self._eye.looks_with)
        folder = self._folder / offer.digest[:16]
        live = LiveFrames()
        try:
            manifest = opened(offer, self._rules.public_key)
            self._get(manifest, offer, folder)
            self._begin_trial(manifest)
            with Second(folder, self._limits()) as second:
                second.open()
                rules = self._rules
                self._trial = trial = Trial(
                    second, before, rules_of(rules), rules.trial_minutes, self._is_wanted
                )
                self._go_through(trial, live)
                self._adopt(offer, manifest, folder)
        except (RefusedError, SecondError, ReleaseError) as refusal:
            self._eye.use(before.network, before.thresholds)
            was = self._remembered.step
            end = Step.ROLLED_BACK if was in {Step.PROBATION, Step.RUNNING} else Step.REFUSED
            self._end(offer, end, str(refusal))
        except OSError as error:
            self._eye.use(before.network, before.thresholds)
            self._end(offer, Step.REFUSED, f"the station's disk fails ({error})")
        except InterruptedTrialError:
            self._eye.use(before.network, before.thresholds)
            raise
        finally:
            self._eye.witness = lambda _: None

    def _get(self, manifest: Manifest, offer: UpdateOffer, folder: Path) -> None:
        if not understands(manifest.needs.opset):
            raise RefusedError(f"its opset {manifest.needs.opset} is too new for this runtime")
        keep_only(self._folder, self._needed(folder))
        fetcher = Fetcher(
            ca_file=self._rules.ca_file,
            keep_free_bytes=round(self._rules.keep_free_mb * 1e6),
            is_wanted=self._is_wanted,
        )
        failures = 0
        while True:
            try:
                fetcher.fetch(manifest, offer.url, folder)
                break
            except TryAgainError as error:
                if failures == 0:
                    _log.warning("release %s does not come: %s", manifest.name, error)
                self._wake.wait(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
                failures += 1
            if not self._is_wanted():
                raise InterruptedTrialError
        _check_description(load_release(folder), manifest)

    def _begin_trial(self, manifest: Manifest) -> None:
        tries = self._remembered.tries + 1
        if tries > _TRIES_AT_MOST:
            raise RefusedError(f"the station restarted {_TRIES_AT_MOST} times during its trial")
        _log.info("release %s looks beside %s", manifest.name, self._eye.release_name)
        self._set_step(Step.TRIAL, tries=tries)

    def _go_through(self, trial: Trial, live: LiveFrames) -> None:
        trial.sit_exam(self._exam())
        self._eye.witness = live.witness
        trial.shadow(live)
        standby = Standby(trial.second, trial.running)
        self._set_step(Step.PROBATION)
        self._eye.use(standby, standby)
        trial.lead(live, lambda: standby.failure)

    def _adopt(self, offer: UpdateOffer, manifest: Manifest, folder: Path) -> None:
        """Make it the station's own, on the disk first: a power cut then starts the new one."""
        adopted = Adopted(name=manifest.name, folder=folder.name, digest=offer.digest)
        with self._lock:
            self._check_wanted()
            before = self._remembered
            self._remember(
                instead_of=self._settings.model.release or "",
                adopted=adopted,
                previous=before.adopted,
                settled=False,
                starts=0,
                step=Step.RUNNING,
                reason="",
            )
        try:
            network, thresholds = self._load(folder)
        except Exception:
            self._remember(adopted=before.adopted, previous=before.previous, settled=True)
            raise
        self._eye.use(network, thresholds)
        _log.info("release %s runs", manifest.name)
        self._say()

    # ---------------------------------------------------------------- state

    def _place(self) -> Place:
        thresholds = self._eye.looks_with[1]
        return Place(
            architecture=platform.machine(),
            running=thresholds.name,
            running_created=_created(thresholds),
            newest_signed_at=self._remembered.newest_signed_at,
            most_bytes=round(self._rules.most_mb * 1e6),
        )

    def _turn_away(self, offer: UpdateOffer, reason: str) -> None:
        """Refuse an offer; one that is being worked on is not disturbed."""
        if self._remembered.step is None or self._remembered.step in ENDS:
            self._end(offer, Step.REFUSED, reason, is_new=True)
            return
        _log.warning("an offered release is refused: %s", reason)
        known = self._remembered.model_copy(
            update={"offer": offer, "step": Step.REFUSED, "reason": reason}
        )
        self._report(self._report_of(known, {}))

    def _end(self, offer: UpdateOffer, step: Step, reason: str, *, is_new: bool = False) -> None:
        with self._lock:
            known = self._remembered.offer
            if not is_new and (known is None or known.digest != offer.digest):
                return  # a newer offer has come meanwhile
            _log.warning("the offered release is %s: %s", step.replace("_", " "), reason)
            self._remember(offer=offer, step=step, reason=reason[:_REASON_CHARACTERS])
            self._say()

    def _set_step(self, step: Step, **changes: object) -> None:
        with self._lock:
            self._check_wanted()
            self._remember(step=step, **changes)
            self._say()

    def _is_wanted(self) -> bool:
        offer = self._remembered.offer
        return not self._stopping and offer is not None and offer.digest == self._taken

    def _check_wanted(self) -> None:
        if not self._is_wanted():
            raise InterruptedTrialError

    def _remember(self, **changes: object) -> None:
        with self._lock:
            changed = self._remembered.model_copy(update=changes)
            self._memory.write(changed)
            self._remembered = changed

    def _say(self) -> None:
        figures = {} if self._trial is None else self._trial.evidence.figures()
        self._report(self._report_of(self._remembered, figures))

    def _report_of(self, known: Remembered, figures: dict[str, float]) -> UpdateReport:
        return UpdateReport(
            simulated=self._settings.simulated,
            at=datetime.now(UTC),
            offer=known.offer.digest if known.offer else None,
            release=_name_in(known),
            step=known.step,
            reason=known.reason,
            running=self._eye.release_name,
            figures=figures,
        )

    def _limits(self) -> Limits:
        return Limits(
            slowest_ms=self._rules.slowest_ms,
            most_memory_mb=self._rules.most_memory_mb,
            threads=self._settings.model.threads,
            budget_ms=self._settings.model.look_budget_ms,
            precision=self._settings.model.precision,
        )

    def _needed(self, folder: Path) -> set[str]:
        known = (self._remembered.adopted, self._remembered.previous)
        return {folder.name, *(each.folder for each in known if each is not None)}


def rules_of(settings: UpdatesSettings) -> Rules:
    """Return what a release must prove at this station."""
    return Rules(
        frames=settings.trial_frames,
        least_elephants=settings.least_elephants,
        missed_at_most=settings.missed_at_most,
        fired_at_most=settings.fired_at_most,
        slowest_ms=settings.slowest_ms,
        slower_at_most=settings.slower_at_most,
    )


def _check_description(release: Release, manifest: Manifest) -> None:
    """The signed manifest and the release's own description must speak of the same thing."""
    told = (release.name, release.created, release.input_size_px)
    if told != (manifest.name, manifest.created, manifest.needs.input_size_px):
        raise RefusedError("its model.toml and its manifest do not speak of the same release")


def _created(thresholds: Thresholds) -> date | None:
    return thresholds.created if isinstance(thresholds, Release) else None


def _name_in(known: Remembered) -> str | None:
    """Return the offered release's name, as far as it can be believed."""
    if known.offer is None:
        return None
    try:
        return Manifest.model_validate_json(known.offer.manifest).name
    except ValueError:
        return None
