"""Fine-tune a COCO checkpoint on elephants without letting it forget the other classes."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from detector.training.looks import Looks
from detector.training.partner import Partner
from detector.training.scoring import Jury
from detector.training.torchvision_shim import make_importable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of one training run."""

    epochs: int = 4
    size_px: int = 512
    batch: int = 16
    learning_rate: float = 2e-4
    mosaic: float = 0.6
    scale: float = 0.5  # pictures are shown at 0.5 to 1.5 of their size
    frozen_layers: int = 3  # the stem: its edges serve day and night alike, its gradients cost most
    seed: int = 0
    partner: Partner | None = None
    looks: Looks = field(default_factory=Looks)


def fine_tune(start: Path, data_yaml: Path, jury: Jury, run: Path, recipe: Recipe) -> Path:
    """Train from `start`, letting `jury` judge every epoch; return the folder with its checkpoints.

    Every epoch's weights are kept as `weights/epochN.pt`: averaging wants a choice.
    """
    make_importable()
    from detector.training.night_trainer import NightTrainer

    overrides = _overrides(start, data_yaml, run, recipe)
    trainer = NightTrainer(recipe.looks, jury, overrides, recipe.partner)
    logger.info("recipe %s", asdict(recipe))
    with _bfloat16_where_fast():
        trainer.train()
    return run / "weights"


def _overrides(start: Path, data_yaml: Path, run: Path, recipe: Recipe) -> dict[str, Any]:
    return {
        "model": str(start),
        "data": str(data_yaml),
        "project": str(run.parent.resolve()),
        "name": run.name,
        "exist_ok": True,
        "epochs": recipe.epochs,
        "imgsz": recipe.size_px,
        "batch": recipe.batch,
        "nbs": recipe.batch,  # no hidden accumulation: one step per batch
        "optimizer": "AdamW",
        "lr0": recipe.learning_rate,
        "lrf": 0.05,
        "warmup_epochs": 0.5,
        "warmup_bias_lr": 0.0,  # the default starts biases at 0.1 and wrecks a trained head
        "mosaic": recipe.mosaic,
        "close_mosaic": 0,
        "scale": recipe.scale,
        "translate": 0.15,
        "degrees": 3.0,
        "hsv_h": 0.01,
        "hsv_s": 0.4,
        "hsv_v": 0.3,
        "erasing": 0.0,
        "freeze": recipe.frozen_layers,
        "device": "cpu",
        "workers": 1,
        "cache": "ram",
        "amp": False,  # ultralytics' own switch; see _bfloat16_where_fast
        "val": True,
        "plots": False,
        "save_period": 1,
        "seed": recipe.seed,
    }


@contextmanager
def _bfloat16_where_fast() -> Iterator[None]:
    """Compute the forward pass in bfloat16 on processors that can: it doubles the speed there.

    On the others it is emulated and many times slower, so that they stay with float32.
    """
    import torch
    import ultralytics.engine.trainer as engine

    if not torch.cpu._is_avx512_bf16_supported():  # noqa: SLF001  torch has no public question
        yield
        return

    def autocast(*_: object, **__: object) -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = torch.autocast("cpu", torch.bfloat16)
        return context

    original, engine.autocast = engine.autocast, autocast
    try:
        yield
    finally:
        engine.autocast = original
