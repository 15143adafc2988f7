from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from detector.training.bias_correction import mean_shifts, take_back

Values = NDArray[np.float32]
BATCHES = [np.random.default_rng(n).random((1, 3, 8, 6), np.float32) for n in range(3)]
SHIFT = np.array([0.5, 0.0, -0.25, 0.125], np.float32)


def two_convolutions(path: Path, *, shifted_by: Values | None = None) -> Path:
    """Two convolutions with a sigmoid between; the first one's bias can be wrong."""
    rng = np.random.default_rng(1)
    first_bias = rng.random(4).astype(np.float32)
    constants = {
        "first.weight": rng.normal(0, 0.3, (4, 3, 1, 1)).astype(np.float32),
        "first.bias": first_bias if shifted_by is None else first_bias + shifted_by,
        "second.weight": rng.normal(0, 0.3, (2, 4, 3, 3)).astype(np.float32),
        "second.bias": rng.random(2).astype(np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "first.weight", "first.bias"], ["a"], "first"),
            helper.make_node("Sigmoid", ["a"], ["b"], "between"),
            helper.make_node("Conv", ["b", "second.weight", "second.bias"], ["output"], "second"),
        ],
        "two",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 2, "rows", "columns"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    imports = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=8), str(path))
    return path


def answer(path: Path) -> Values:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"images": BATCHES[0]})[0], np.float32)


def test_a_shift_is_found_where_it_arises_and_not_behind_it(tmp_path: Path) -> None:
    plain = two_convolutions(tmp_path / "plain.onnx")
    wrong = two_convolutions(tmp_path / "wrong.onnx", shifted_by=SHIFT)
    # Only what is rounded has names of its own; the same names would be the same numbers.
    renamed = onnx.load(str(wrong))
    renamed.graph.initializer[1].name = renamed.graph.node[0].input[2] = "first.bias.rounded"
    onnx.save(renamed, str(wrong))

    shifts = mean_shifts(plain, wrong, BATCHES)

    np.testing.assert_allclose(shifts["first.bias"], SHIFT, atol=1e-5)
    np.testing.assert_allclose(shifts["second.bias"], [0, 0], atol=1e-5)


def test_what_is_taken_back_is_gone(tmp_path: Path) -> None:
    plain = two_convolutions(tmp_path / "plain.onnx")
    wrong = two_convolutions(tmp_path / "wrong.onnx", shifted_by=SHIFT)
    assert np.abs(answer(wrong) - answer(plain)).max() > 0.01

    take_back(wrong, wrong, {"first.bias": SHIFT})

    np.testing.assert_allclose(answer(wrong), answer(plain), atol=1e-5)


def test_real_rounding_shifts_every_channel_less_than_its_step(tmp_path: Path) -> None:
    quantization = pytest.importorskip("onnxruntime.quantization")
    plain, small = two_convolutions(tmp_path / "plain.onnx"), tmp_path / "small.onnx"

    class Reader:
        rest = iter([{"images": batch} for batch in BATCHES])

        def get_next(self) -> dict[str, Values] | None:
            return next(self.rest, None)

    quantization.quantize_static(str(plain), str(small), Reader(), per_channel=True)

    shifts = mean_shifts(plain, small, BATCHES)

    assert set(shifts) == {"first.bias", "second.bias"}
    largest = max(np.abs(shift).max() for shift in shifts.values())
    assert 0 < largest < 0.05
