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
from edge_agent.settings import StationSettings
from edge_agent.updates.admission import Place, admit, opened
from edge_agent.updates.fetching import Fetcher
from edge_agent.updates.measures import limits_of, rules_of
from edge_agent.updates.memory import Adopted, Remembered, UpdatesMemory
from edge_agent.updates.opsets import understands
from edge_agent.updates.refusal import RefusedError, TryAgainError
from edge_agent.updates.second import Second, SecondError
from edge_agent.updates.shelf import FILE_NAME, keep_only, updates_folder
from edge_agent.updates.standby import Standby
from edge_agent.updates.standing import Standing
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
        self._standing = Standing(UpdatesMemory(self._folder / FILE_NAME))
        self._wake = threading.Event()
        self._trial: Trial | None = None
        self._thread = threading.Thread(target=self._run, name="updates", daemon=True)

    def start(self, report: Callable[[UpdateReport], None]) -> None:
        """Say how things stand, and go on with what was begun."""
        standing = self._standing
        standing.tell = lambda known: report(self._report_of(known))
        if standing.known.step is Step.PROBATION:
            standing.remember(step=Step.TRIAL)  # the release before runs again
        standing.say()
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Leave off; what was begun is gone on with at the next start."""
        self._standing.stop()
        self._wake.set()
        self._thread.join(_STOP_WITHIN_S)

    def offer(self, body: bytes) -> None:
        """Take an offer as it came over the wire; a doubled one is only answered again."""
        try:
            offer = read_message(UpdateOffer, body)
        except UnreadableMessageError as error:
            _log.warning("an offered release cannot be read: %s", error)
            return
        standing = self._standing
        with standing.lock:
            if offer.withdrawn:
                if standing.withdraw(offer):
                    self._wake.set()
                return
            known = standing.known.offer
            if known is not None and known.digest == offer.digest:
                standing.say()
                return
            try:
                manifest = opened(offer, self._rules.public_key)
                admit(manifest, self._place())
            except RefusedError as refusal:
                standing.turn_away(offer, str(refusal))
                return
            _log.info("release %s is offered", manifest.name)
            standing.begin(offer, newest_signed_at=manifest.signed_at)
            self._wake.set()

    # ---------------------------------------------------------------- in our own thread

    def _run(self) -> None:
        standing = self._standing
        while not standing.is_stopping:
            if not self._wake.wait(None if standing.known.settled else _SETTLED_AFTER_S):
                standing.remember(settled=True, starts=0)
            self._wake.clear()
            offer = standing.known.offer
            if standing.is_stopping or offer is None or standing.known.step in ENDS:
                continue
            try:
                self._work(offer)
            except InterruptedTrialError:
                continue  # a newer offer is there, or we stop
            except Exception:  # noqa: BLE001 (loud: logged with its traceback)
                # The top of this thread's loop. The running release runs on.
                _log.exception("an update failed in a way nobody expected")
                standing.end(offer, Step.REFUSED, "the station failed at it; see its log")

    def _work(self, offer: UpdateOffer) -> None:
        standing, self._trial = self._standing, None
        standing.take(offer)
        before = Running(*self._eye.looks_with)
        folder = self._folder / offer.digest[:16]
        live = LiveFrames()
        try:
            manifest = opened(offer, self._rules.public_key)
            self._get(manifest, offer, folder)
            self._begin_trial(manifest)
            with Second(folder, limits_of(self._settings)) as second:
                second.open()
                rules = self._rules
                self._trial = trial = Trial(
                    second, before, rules_of(rules), rules.trial_minutes, standing.is_wanted
                )
                self._go_through(trial, live)
                self._adopt(offer, manifest, folder)
        except (RefusedError, SecondError, ReleaseError) as refusal:
            self._eye.use(before.network, before.thresholds)
            was = standing.known.step
            end = Step.ROLLED_BACK if was in {Step.PROBATION, Step.RUNNING} else Step.REFUSED
            standing.end(offer, end, str(refusal))
        except OSError as error:
            self._eye.use(before.network, before.thresholds)
            standing.end(offer, Step.REFUSED, f"the station's disk fails ({error})")
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
            is_wanted=self._standing.is_wanted,
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
            self._standing.check_wanted()
        _check_description(load_release(folder), manifest)

    def _begin_trial(self, manifest: Manifest) -> None:
        tries = self._standing.known.tries + 1
        if tries > _TRIES_AT_MOST:
            raise RefusedError(f"the station restarted {_TRIES_AT_MOST} times during its trial")
        _log.info("release %s looks beside %s", manifest.name, self._eye.release_name)
        self._standing.set_step(Step.TRIAL, tries=tries)

    def _go_through(self, trial: Trial, live: LiveFrames) -> None:
        trial.sit_exam(self._exam())
        self._eye.witness = live.witness
        trial.shadow(live)
        standby = Standby(trial.second, trial.running)
        self._standing.set_step(Step.PROBATION)
        self._eye.use(standby, standby)
        trial.lead(live, lambda: standby.failure)

    def _adopt(self, offer: UpdateOffer, manifest: Manifest, folder: Path) -> None:
        """Make it the station's own, on the disk first: a power cut then starts the new one."""
        adopted = Adopted(name=manifest.name, folder=folder.name, digest=offer.digest)
        standing = self._standing
        with standing.lock:
            standing.check_wanted()
            before = standing.known
            standing.remember(
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
            standing.remember(adopted=before.adopted, previous=before.previous, settled=True)
            raise
        self._eye.use(network, thresholds)
        _log.info("release %s runs", manifest.name)
        standing.say()

    # ---------------------------------------------------------------- what is known here

    def _place(self) -> Place:
        thresholds = self._eye.looks_with[1]
        return Place(
            architecture=platform.machine(),
            running=thresholds.name,
            running_created=_created(thresholds),
            newest_signed_at=self._standing.known.newest_signed_at,
            most_bytes=round(self._rules.most_mb * 1e6),
        )

    def _report_of(self, known: Remembered) -> UpdateReport:
        # An offer that is turned away meanwhile has no part in the trial of another.
        trial = self._trial if self._standing.is_taken(known.offer) else None
        return UpdateReport(
            simulated=self._settings.simulated,
            at=datetime.now(UTC),
            offer=known.offer.digest if known.offer else None,
            release=_name_in(known),
            step=known.step,
            reason=known.reason,
            running=self._eye.release_name,
            figures={} if trial is None else trial.evidence.figures(),
        )

    def _needed(self, folder: Path) -> set[str]:
        known = (self._standing.known.adopted, self._standing.known.previous)
        return {folder.name, *(each.folder for each in known if each is not None)}


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
