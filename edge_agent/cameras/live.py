"""A stream that is read without a pause, so that what is taken of it is always what is there now.

A stream goes on while a frame is looked at. Whoever then reads the next one gets an old one, and a
board that looks slowly falls behind by more with each: seconds, then minutes.
"""

import threading

import cv2
import numpy as np

from detector.pictures import Pixels

_ASSUMED_FPS = 25.0
_MOST_FPS = 240.0
_CLOSED_WITHIN_S = 15.0


class LiveStream:
    """Reads an open stream in a thread of its own, which also closes it."""

    def __init__(self, video: cv2.VideoCapture) -> None:
        self.rate = rate_of(video)
        self._video = video
        self._turn = threading.Condition()
        self._is_asked = False
        self._has_ended = False
        self._taken: Pixels | None = None
        self._thread = threading.Thread(target=self._read, name="stream", daemon=True)
        self._thread.start()

    def take(self) -> Pixels | None:
        """Wait for the next frame that arrives; None once the stream has ended."""
        with self._turn:
            self._is_asked = True
            self._turn.wait_for(lambda: not self._is_asked or self._has_ended)
            taken, self._taken = self._taken, None
            return taken

    def close(self) -> None:
        """End the reading; a dead stream may take until its own patience is over."""
        self._has_ended = True
        self._thread.join(_CLOSED_WITHIN_S)

    def _read(self) -> None:
        try:
            while not self._has_ended and self._video.grab():
                if self._is_asked:
                    self._hand_over()
        finally:
            self._video.release()
            with self._turn:
                self._has_ended = True
                self._turn.notify_all()

    def _hand_over(self) -> None:
        arrived, pixels = self._video.retrieve()
        with self._turn:
            self._taken = np.asarray(pixels, dtype=np.uint8) if arrived else None
            self._is_asked = not arrived
            self._turn.notify_all()


def rate_of(video: cv2.VideoCapture) -> float:
    """Return the frames of a second, as far as the source says so in earnest."""
    rate = video.get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate <= _MOST_FPS else _ASSUMED_FPS
