"""How a release looks at a picture: what it is shown, what is weighed, whether it looks twice.

What computes is left to heirs: stations run onnxruntime, training judges networks that no file of
a release holds yet, and both look in the same way.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from detector.decoding import decode
from detector.detection import Detection, Lighting
from detector.letterbox import NetworkInput
from detector.lighting import even_out_contrast, lighting_of
from detector.pictures import Pixels
from detector.release import Release
from detector.second_look import look_twice

FLOOR = 0.05
"""Below this confidence nothing is reported unless asked for: it is noise."""


class Eyes(ABC):
    """A network that looks as a release says. `detect` may be called from several threads."""

    def __init__(self, release: Release) -> None:
        """`release` says how to look; its network's file is not read here."""
        self.release = release
        self._idle_inputs: deque[NetworkInput] = deque()

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        """Return what is in a height x width x 3 blue-green-red picture, the surest first.

        Everything from `floor` (0.05 by default) up is reported; `Release.keeps` then says what to
        believe. Where the release has a second look and the first is unsure, a frame takes twice as
        long. `lighting` need only be given by who knows it already: some releases want the
        contrast of some lightings evened out, and it would be recognised a second time.
        """
        least = FLOOR if floor is None else floor
        second = self.release.second_look

        def look(shown: Pixels, from_confidence: float) -> list[Detection]:
            return self._look(shown, lighting, from_confidence)

        def look_again(shown: Pixels, from_confidence: float) -> list[Detection]:
            return self._look(shown, lighting, from_confidence, squarely=True)

        if second is None:
            return look(pixels, least)
        return look_twice(pixels, look, look_again, second, floor=least)

    def _look(
        self, pixels: Pixels, lighting: Lighting | None, floor: float, *, squarely: bool = False
    ) -> list[Detection]:
        pixels = self._prepared(pixels, lighting)
        height, width = pixels.shape[:2]
        letterbox = self.release.letterbox(width, height, squarely=squarely)
        with self._an_input() as shown:
            output = self._run(shown.show(pixels, letterbox))
        return decode(
            output,
            letterbox,
            self.release.classes,
            floor=floor,
            iou_suppression=self.release.iou_suppression,
            rival_weight=self.release.rival_weight,
        )

    @contextmanager
    def _an_input(self) -> Iterator[NetworkInput]:
        """Lend the memory for one look: there are as many as were ever needed at once."""
        try:
            lent = self._idle_inputs.pop()
        except IndexError:
            lent = NetworkInput(self.release.input_size_px)
        try:
            yield lent
        finally:
            self._idle_inputs.append(lent)

    def _prepared(self, pixels: Pixels, lighting: Lighting | None) -> Pixels:
        evened = self.release.even_contrast
        if evened and (lighting or lighting_of(pixels)) in evened:
            return even_out_contrast(pixels)
        return pixels

    @abstractmethod
    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Answer 1 x 3 x height x width (red-green-blue, 0 to 1) with what `decode` reads.

        The next call may overwrite the memory of `batch`.
        """
