"""The release must be whole, and is timed on an empty frame."""

import time

import numpy as np

from detector.engine import Detector
from detector.release import ReleaseError
from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.network import open_detector
from edge_agent.settings import StationSettings

_FRAME_SHAPE = (720, 1280, 3)
_SLOW_MS = 2000.0


def check_model(settings: StationSettings) -> Answer:
    """Load the release as the station would."""
    try:
        detector = open_detector(settings.model)
    except ReleaseError as error:
        return wrong("model", str(error), "copy the release's folder again")
    took_ms = _inference_ms(detector)
    words = f"{detector.release.name}, {took_ms:.0f} ms a frame"
    if took_ms > _SLOW_MS:
        return warning("model", words, "an elephant that runs may be gone: fewer cameras, or fps")
    return ok("model", words)


def _inference_ms(detector: Detector) -> float:
    began_s = time.monotonic()
    detector.detect(np.zeros(_FRAME_SHAPE, np.uint8))
    return (time.monotonic() - began_s) * 1000
