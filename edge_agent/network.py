"""Loads the network that a station's config asks for."""

from detector.engine import Detector
from detector.release import find_release, load_release
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
