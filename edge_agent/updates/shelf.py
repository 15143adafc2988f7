"""The releases that came over the air, and which one a starting station looks with."""

import logging
import shutil
from collections.abc import Collection
from pathlib import Path

from detector.engine import Detector
from detector.release import ReleaseError
from edge_agent.contracts.updates import Step
from edge_agent.network import load_as_wanted, open_detector
from edge_agent.settings import StationSettings
from edge_agent.updates.memory import Adopted, Remembered, UpdatesMemory

_log = logging.getLogger(__name__)
FILE_NAME = "updates.json"
_STARTS_AT_MOST = 3


def updates_folder(settings: StationSettings) -> Path:
    """Return where releases lie that came over the air."""
    return settings.state_dir / "updates"


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Remove releases that nobody needs any more."""
    for found in folder.iterdir() if folder.is_dir() else ():
        if found.is_dir() and found.name not in names:
            shutil.rmtree(found, ignore_errors=True)


def open_running(settings: StationSettings) -> Detector:
    """Load the release that the station looks with: the adopted one, else its config's own.

    An adopted release that cannot be loaded, or under which the station keeps dying before it has
    looked for a while, gives way to the one before.

    Raises:
        ReleaseError: the config's own release cannot be used either.
    """
    memory = UpdatesMemory(updates_folder(settings) / FILE_NAME)
    known = memory.read()
    if known.adopted is not None and known.instead_of != (settings.model.release or ""):
        _log.warning("the config names another release now; %s is put away", known.adopted.name)
        known = known.model_copy(update={"adopted": None, "previous": None, "settled": True})
        memory.write(known)
    while known.adopted is not None:
        known = _counted(known, memory)
        if known.adopted is None:
            break
        try:
            return load_adopted(settings, updates_folder(settings) / known.adopted.folder)
        except ReleaseError as error:
            known = _given_up(known, memory, str(error))
    return open_detector(settings.model)


def load_adopted(settings: StationSettings, folder: Path) -> Detector:
    """Load a release that came over the air, in this process.

    Raises:
        ReleaseError: it is damaged, or does not run here.
    """
    return Detector(
        load_as_wanted(folder, settings.model.precision),
        threads=settings.model.threads,
        budget_ms=settings.model.look_budget_ms,
    )


def _counted(known: Remembered, memory: UpdatesMemory) -> Remembered:
    """Count a start with a release that is not settled, before it can do any harm."""
    if known.settled:
        return known
    if known.starts >= _STARTS_AT_MOST:
        reason = f"the station restarted {known.starts} times with it, and never looked for long"
        return _given_up(known, memory, reason)
    counted = known.model_copy(update={"starts": known.starts + 1})
    memory.write(counted)
    return counted


def _given_up(known: Remembered, memory: UpdatesMemory, reason: str) -> Remembered:
    bad: Adopted | None = known.adopted
    _log.warning("release %s is rolled back: %s", bad.name if bad else "", reason)
    is_offered = bad is not None and known.offer is not None and known.offer.digest == bad.digest
    told = {"step": Step.ROLLED_BACK, "reason": reason[:400]} if is_offered else {}
    before = known.model_copy(
        update={"adopted": known.previous, "previous": None, "settled": True, "starts": 0, **told}
    )
    memory.write(before)
    return before
