"""Writes a release's network a second time, in 8-bit integers: smaller, and faster on most boards.

What is left in float, and why (measured; `docs/experiments.md` has the figures):

- the first stages: they see raw light, where a dark frame's whole content lies within a few of the
  256 steps that a bright one needs, and they gain nothing (few channels, little arithmetic);
- the attention: its softmax is slower in integers than in float;
- the head: its scores decide, it is small, and so the decoding stays the same for both files.

Weights take all 8 bits, though processors without the newer dot-product instructions (x86 before
VNNI) add two products in 16 bits and can overflow: measured on one of those, a weight's eighth bit
is worth more than the rare overflow costs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.engine import Detector
from detector.letterbox import NetworkInput
from detector.lighting import even_out_contrast, lighting_of
from detector.pictures import read_picture
from detector.release import Release
from detector.training.bias_correction import mean_shifts, take_back
from detector.training.calibration import Range, Watched, choose_range, watch
from detector.training.dataset import LabelledPicture
from detector.training.int8_table import describe

FLOAT_STAGES = frozenset({0, 1, 2})
PICTURES_FOR_MEANS = 60
_STAGE = re.compile(r"^/model\.(\d+)/")


class UnknownNetworkError(Exception):
    """The network has no numbered stages, so that nobody knows what to leave in float."""


@dataclass(frozen=True, slots=True)
class Node:
    """What of a node of the network's graph decides how it is computed."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def stage(self) -> int | None:
        """The number of the stage it belongs to; None for what lies between."""
        found = _STAGE.match(self.name)
        return int(found.group(1)) if found else None


def quantise(
    release: Release,
    pictures: Sequence[LabelledPicture],
    *,
    judged: Sequence[LabelledPicture] = (),
    seed: int = 0,
    track: Callable[[Sequence[LabelledPicture]], Iterable[LabelledPicture]] = iter,
) -> Release:
    """Write the int8 network of a release beside its float one, and tell `model.toml` of it.

    The ranges are taken from `pictures`, shown as the runtime shows them; `track` may tell how far
    it is. Its thresholds are chosen on `judged`; without any it keeps the float network's. Returns
    the release as it is now, in int8, loaded and run once. Raises `UnknownNetworkError`, a
    `ReleaseError`, or `UnreadablePictureError`. Needs the `train` extra.
    """
    target = release.path_onnx.with_name(f"{release.path_onnx.stem}-int8.onnx")
    with TemporaryDirectory(dir=release.folder) as scratch:
        plain = Path(scratch) / "plain.onnx"
        small = Path(scratch) / target.name
        _prepare(release, plain)
        nodes = nodes_of(plain)
        left = left_in_float(nodes)
        run = _with_inner_tensors(plain, nodes, left)
        watched = watch(run, _batches(release, track(pictures)), seed)
        ranges, first = ranges_of(nodes, watched), next(_batches(release, pictures))
        _write(plain, small, ranges, left, first)
        shifts = mean_shifts(plain, small, _batches(release, track(pictures[:PICTURES_FOR_MEANS])))
        take_back(plain, plain, shifts)
        _write(plain, small, ranges, left, first)
        small.replace(target)
    about = f"{len(pictures)} training pictures, seed {seed}"
    return Detector(describe(release.folder, target, about, judged), threads=1).release


def left_in_float(nodes: Sequence[Node]) -> list[str]:
    """Name the nodes that stay as they are. Raises `UnknownNetworkError`."""
    stages = [node.stage for node in nodes if node.stage is not None]
    if not set(stages) > FLOAT_STAGES:
        raise UnknownNetworkError("the network has no stages /model.0/, /model.1/, … to tell apart")
    float_stages = FLOAT_STAGES | {max(stages)}
    return [
        node.name
        for node in nodes
        if node.stage is None or node.stage in float_stages or _is_attention(node)
    ]


def ranges_of(nodes: Sequence[Node], watched: Mapping[str, Watched]) -> dict[str, Range]:
    """Choose a range for every tensor that was watched."""
    readers: dict[str, list[str]] = {}
    for node in nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node.kind)
    return {
        name: choose_range(seen, before_silu=sorted(readers.get(name, [])) == ["Mul", "Sigmoid"])
        for name, seen in watched.items()
    }


def nodes_of(path: Path) -> list[Node]:
    """Read the nodes of a network, in order of computation."""
    import onnx

    return [
        Node(node.name, node.op_type, tuple(node.input), tuple(node.output))
        for node in onnx.load(str(path)).graph.node
    ]


def _is_attention(node: Node) -> bool:
    return "/attn/" in node.name and node.kind != "Conv"


def _prepare(release: Release, target: Path) -> None:
    from onnxruntime.quantization.preprocess import quant_pre_process

    source = target.with_name("verified.onnx")
    source.write_bytes(release.read_network())
    quant_pre_process(str(source), str(target), skip_symbolic_shape=True)


def _batches(
    release: Release, pictures: Iterable[LabelledPicture]
) -> Iterator[NDArray[np.float32]]:
    """Show each picture as the runtime would."""
    shown = NetworkInput(release.input_size_px)
    for picture in pictures:
        pixels = read_picture(picture.path)
        if release.even_contrast and lighting_of(pixels) in release.even_contrast:
            pixels = even_out_contrast(pixels)
        height, width = pixels.shape[:2]
        yield shown.show(pixels, release.letterbox(width, height))


def _with_inner_tensors(
    path: Path, nodes: Sequence[Node], left: Sequence[str]
) -> Callable[[NDArray[np.float32]], dict[str, NDArray[Any]]]:
    """Return the network as a function that gives every tensor an integer will stand for."""
    import onnx
    import onnxruntime

    network = onnx.load(str(path))
    constants = {constant.name for constant in network.graph.initializer}
    float_nodes = frozenset(left)
    touched = [node for node in nodes if node.name not in float_nodes]
    names = {name for node in touched for name in (*node.inputs, *node.outputs)}
    wanted = sorted(names - constants - {""})
    known = {value.name for value in (*network.graph.input, *network.graph.output)}
    network.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in wanted if name not in known
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Nothing may be merged away: each tensor is wanted as the graph names it.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        network.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    shown = session.get_inputs()[0].name
    given = [output.name for output in session.get_outputs() if output.name in names]

    def run(batch: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        return dict(zip(given, session.run(given, {shown: batch}), strict=True))

    return run


def _write(
    plain: Path,
    target: Path,
    ranges: Mapping[str, Range],
    left: Sequence[str],
    batch: NDArray[np.float32],
) -> None:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    overrides = {
        name: [{"rmin": np.float32(reach.lowest), "rmax": np.float32(reach.highest)}]
        for name, reach in ranges.items()
    }
    quantize_static(
        str(plain),
        str(target),
        _OneBatch(plain, batch),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=False,
        nodes_to_exclude=list(left),
        extra_options={"TensorQuantOverrides": overrides},
    )


class _OneBatch:
    """What onnxruntime calibrates with; our own ranges then take the place of what it finds."""

    def __init__(self, plain: Path, batch: NDArray[np.float32]) -> None:
        import onnx

        name = onnx.load(str(plain)).graph.input[0].name
        self._rest = iter([{name: batch}])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Give the batch once, then None."""
        return next(self._rest, None)
