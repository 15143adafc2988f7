"""Takes back what rounding shifts on average: an 8-bit network that sees the same, only fainter.

Rounded weights and clipped ranges move the mean of a convolution's output a little, always to the
same side; over seventy convolutions that adds up to animals believed less. The mean can be measured
and taken off the bias, which costs nothing when the network runs.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
_ROUNDED = "#rounded"


def mean_shifts(plain: Path, small: Path, batches: Iterable[Values]) -> dict[str, Values]:
    """Measure how far the outputs of every convolution lie too high, on average.

    `plain` and `small` are the same network before and after `quantize_static`. Each convolution of
    `small` is given what the float network's convolutions before it gave: its own error is
    measured, not that of those before, which is taken back where it arises. Returns one value per
    channel, by the name of the bias.
    """
    import onnx

    network, biases = _side_by_side(onnx.load(str(plain)), onnx.load(str(small)))
    session = _session(network)
    shown = session.get_inputs()[0].name
    asked = [name for output in biases for name in (output + _ROUNDED, output)]
    means = [
        session.run([f"mean of {name}" for name in asked], {shown: batch}) for batch in batches
    ]
    mean = np.asarray([np.concatenate([*one], axis=None) for one in means], np.float32).mean(axis=0)
    sizes = np.cumsum([one.size for one in means[0]])[:-1]
    per_tensor = dict(zip(asked, np.split(mean, sizes), strict=True))
    return {
        bias: np.asarray(per_tensor[output + _ROUNDED] - per_tensor[output], np.float32)
        for output, bias in biases.items()
    }


def take_back(plain: Path, target: Path, shifts: Mapping[str, Values]) -> None:
    """Write `plain` again, with every shift taken off the bias of its name."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load(str(plain))
    for constant in network.graph.initializer:
        if constant.name in shifts:
            bias = numpy_helper.to_array(constant) - shifts[constant.name]
            constant.CopyFrom(numpy_helper.from_array(bias.astype(np.float32), constant.name))
    onnx.save(network, str(target))


def _side_by_side(plain: Any, small: Any) -> tuple[Any, dict[str, str]]:
    """Put both networks in one, and the mean of what every convolution gives in both.

    Returns it with the bias's name by the output's name of each convolution.
    """
    biases = {
        node.output[0]: node.input[2]
        for node in plain.graph.node
        if node.op_type == "Conv" and len(node.input) > 2
    }
    made = {name for node in small.graph.node for name in node.output} - set(biases)
    known = {constant.name for constant in plain.graph.initializer}
    plain.graph.initializer.extend(
        constant for constant in small.graph.initializer if constant.name not in known
    )
    for node in small.graph.node:
        node.name += _ROUNDED
        for place, name in enumerate(node.input):
            node.input[place] = name + _ROUNDED if name in made else name
        for place, name in enumerate(node.output):
            node.output[place] = name + _ROUNDED
    plain.graph.node.extend(small.graph.node)
    _ask_for_means(plain.graph, [name for out in biases for name in (out + _ROUNDED, out)])
    return plain, biases


def _ask_for_means(graph: Any, names: Iterable[str]) -> None:
    from onnx import TensorProto, helper

    del graph.output[:]
    for name in names:
        mean = f"mean of {name}"
        graph.node.append(
            helper.make_node("ReduceMean", [name], [mean], axes=[0, 2, 3], keepdims=0)
        )
        graph.output.append(helper.make_tensor_value_info(mean, TensorProto.FLOAT, None))


def _session(network: Any) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        network.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
