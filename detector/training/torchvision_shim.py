"""Let PyPI's torchvision, linked against CUDA, be imported beside a CPU-only torch.

Without it `import torchvision` stops with "operator torchvision::nms does not exist", and
ultralytics imports torchvision in training, validation and prediction.
"""

import sys
from typing import Any

_MISSING = "torchvision::nms"
_libraries: list[Any] = []  # the registration lives as long as its library object


def make_importable() -> None:
    """Import torchvision; where its compiled part does not load, define the one operator needed.

    Does nothing where torchvision works. Raises whatever else is wrong with it.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if _MISSING not in str(error):
            raise
        _define_operators()
        _forget_half_import()
        import torchvision.extension

        torchvision.extension._has_ops = lambda: True  # noqa: SLF001  the flag it checks itself


def _define_operators() -> None:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _suppress, "CPU")
    _libraries.append(library)


def _suppress(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    from ultralytics.utils.nms import TorchNMS

    return TorchNMS.nms(boxes, scores, iou_threshold)


def _forget_half_import() -> None:
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]
