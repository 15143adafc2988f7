"""Runs the network of a release on one picture at a time."""

import os
from time import perf_counter

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

from detector.eyes import Eyes
from detector.release import MODEL_FILE, BadModelFileError, Release

AWAKE_US = 20

# What onnxruntime raises for a file it cannot run; its errors share no family of their own.
UNRUNNABLE = (
    onnxruntime_errors.Fail,
    onnxruntime_errors.InvalidArgument,
    onnxruntime_errors.InvalidGraph,
    onnxruntime_errors.InvalidProtobuf,
    onnxruntime_errors.NotImplemented,
    onnxruntime_errors.RuntimeException,
)


class Detector(Eyes):
    """A loaded network. `detect` may be called from several threads."""

    def __init__(
        self, release: Release, *, threads: int | None = None, budget_ms: float | None = None
    ) -> None:
        """Load the verified network and run it, so that the first real frame is not slow.

        `threads` is the number of cores one picture may use; None takes all. Where two looks take
        longer than `budget_ms` on this machine, the release's second look is left out, and
        `self.release` has the thresholds of a single one. Raises a `ReleaseError` if the network is
        damaged or does not fit its description.
        """
        super().__init__(release)
        try:
            self._session = open_session(release, threads or os.cpu_count() or 1)
            self._input_name = self._session.get_inputs()[0].name
            output = self._run(self._nothing(1, 1))
            if release.input_stride_px:  # a network of one shape alone fails here, not in the field
                self._run(self._nothing(release.input_size_px, 1))
            if budget_ms is not None and self._twice_ms() > budget_ms:
                self.release = release.looking_once()
        except UNRUNNABLE as error:
            raise BadModelFileError(
                f"{release.path_onnx.name} of release {release.name} cannot be run as "
                f"{MODEL_FILE} describes it: {error}"
            ) from error
        self._check(output)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        (output,) = self._session.run(None, {self._input_name: batch})
        return np.asarray(output[0], np.float32)

    def _nothing(self, width: int, height: int) -> NDArray[np.float32]:
        """Return a black input for frames whose sides are in this proportion."""
        shape = self.release.letterbox(width, height)
        return np.zeros((1, 3, shape.input_height_px, shape.input_width_px), np.float32)

    def _twice_ms(self) -> float:
        """Time one look at what is tall for a camera's frame, and double it."""
        nothing = self._nothing(4, 3)
        start = perf_counter()
        self._run(nothing)
        return 2 * (perf_counter() - start) * 1000

    def _check(self, output: NDArray[np.float32]) -> None:
        """Refuse a network that has fewer classes than its description names."""
        most = max(self.release.classes)
        if output.ndim != 2 or output.shape[0] < 4 + most + 1:
            raise BadModelFileError(
                f"{self.release.path_onnx.name} of release {self.release.name} gives "
                f"{output.shape}, which has no class {most}"
            )


def open_session(release: Release, threads: int) -> onnxruntime.InferenceSession:
    """Open the bare network as a detector runs it: `threads` cores for one picture.

    Raises one of `UNRUNNABLE`, or a `ReleaseError` if the bytes are not the release's.
    """
    return onnxruntime.InferenceSession(
        release.read_network(), session_options(threads), providers=["CPUExecutionProvider"]
    )


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return how a network runs here: `threads` cores for one picture, quietly."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; a board's missing GPU is no news
    # Threads that wait for each other within a look stay awake for a moment: asleep at once, two
    # cores take a tenth longer. No more than a moment: beside a busy neighbour, who has the core
    # they wait for, it took half as long again. After a look they sleep, and the box stays cool.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(AWAKE_US))
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options
