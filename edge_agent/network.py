"""Loads the network that a station's config asks for."""

from pathlib import Path

from detector.engine import Detector
from detector.release import MissingReleaseError, Precision, Release, find_release, load_release
from edge_agent.settings import ModelSettings


def open_detector(settings: ModelSettings) -> Detector:
    """Load and verify the release, and run it; a slow board is spared its second look.

    Raises:
        detector.release.ReleaseError: says what is wrong with the release and what to do.
    """
    return Detector(
        load_release(find_release(settings.release), settings.precision),
        threads=settings.threads,
        budget_ms=settings.look_budget_ms,
    )


def load_as_wanted(folder: Path, precision: Precision) -> Release:
    """Load a release that came over the air, in the station's precision where the release has it.

    One that was never made faster is looked with as it is: the trial says if that is too slow.

    Raises:
        detector.release.ReleaseError: it is damaged.
    """
    try:
        return load_release(folder, precision)
    except MissingReleaseError:
        return load_release(folder)
