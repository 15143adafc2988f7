"""ultralytics' trainer, with our looks on the pictures and our rule to judge the epochs.

Importing this needs ultralytics, and `torchvision_shim.make_importable()` to have run.
"""

import logging
import os
from copy import deepcopy
from typing import Any

import torch
from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect import DetectionTrainer

from detector.training.dressing import dressed
from detector.training.looks import Looks
from detector.training.partner import Partner
from detector.training.scoring import Jury

logger = logging.getLogger(__name__)


class NightDataset(YOLODataset):  # type: ignore[misc]
    """A dataset whose pictures are dressed anew each time, before mosaic and scaling."""

    looks: Looks | None = None

    def get_image_and_label(self, index: int) -> dict[str, Any]:
        """Return ultralytics' label with the picture perhaps at night, perhaps half hidden."""
        label: dict[str, Any] = super().get_image_and_label(index)
        return label if self.looks is None else dressed(label, self.looks)


class NightTrainer(DetectionTrainer):  # type: ignore[misc]
    """Trains on dressed pictures; the jury, not ultralytics' validator, ranks the epochs."""

    best_fitness: float | None

    def __init__(
        self,
        looks: Looks,
        jury: Jury,
        overrides: dict[str, Any],
        partner: Partner | None = None,
    ) -> None:
        self._looks, self._jury, self._partner = looks, jury, partner
        super().__init__(overrides=overrides)

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """Let ultralytics build its dataset with all its settings, then dress it."""
        dataset = super().build_dataset(img_path, mode, batch)
        dataset.__class__ = NightDataset
        dataset.looks = self._looks
        return dataset

    def get_dataloader(self, *args: Any, **kwargs: Any) -> Any:
        """Load training pictures as ultralytics does; the judged ones are the jury's."""
        if kwargs.get("mode") == "val":
            return _NoPictures()
        return super().get_dataloader(*args, **kwargs)

    def _setup_train(self) -> None:
        super()._setup_train()
        # a third faster on the CPU too, where ultralytics does not use it by itself
        self.model.to(memory_format=torch.channels_last)
        torch.set_num_threads(os.cpu_count() or 1)  # ultralytics leaves one idle: here, half of all
        if self._partner:
            self._partner.beside(self.model, self.optimizer, steps=len(self.train_loader))

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Bring the batch into the memory order of the network."""
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    def validate(self) -> tuple[dict[str, float], float]:
        """Judge the moving average of the weights; return the figures and their merit."""
        standing = self._jury.judge(deepcopy(self.ema.ema))
        logger.info("epoch %d  %s", self.epoch + 1, standing)
        if self.best_fitness is None or self.best_fitness < standing.merit:
            self.best_fitness = standing.merit
        recall = {f"recall/{group}": value for group, value in standing.recall.items()}
        return {**self.metrics, **recall}, standing.merit

    def final_eval(self) -> None:
        """Nothing to add: every epoch was judged."""


class _NoPictures:
    """Stands where ultralytics keeps its validation pictures; ours are in the jury."""

    dataset: tuple[()] = ()
    num_workers = 0

    def close(self) -> None:
        """Nothing is open."""
