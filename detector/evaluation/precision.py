"""Average precision, as COCO defines it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detector.evaluation.looking import Seen

_ELEPHANT = 1  # the only category of the comparison


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """Area under precision over recall: at half overlap, and averaged over 50 to 95 % overlap."""

    ap50: float
    ap50_95: float


def average_precision(seen: Sequence[Seen]) -> AveragePrecision | None:
    """Compare boxes with those people drew; None where no picture has an elephant."""
    from faster_coco_eval import COCO, COCOeval_faster

    truth = _truth(seen)
    if not truth["annotations"]:
        return None
    results = _results(seen)
    if not results:
        return AveragePrecision(0.0, 0.0)
    drawn = COCO(truth)
    comparison = COCOeval_faster(drawn, drawn.loadRes(results), "bbox")
    comparison.evaluate()
    comparison.accumulate()
    comparison.summarize()
    return AveragePrecision(float(comparison.stats[1]), float(comparison.stats[0]))


def _truth(seen: Sequence[Seen]) -> dict[str, list[dict[str, Any]]]:
    annotations: list[dict[str, Any]] = []
    for image_id, one in enumerate(seen, 1):
        for box in one.picture.boxes:
            left, top, right, bottom = box.corners
            bbox = _pixels(one, left, top, right - left, bottom - top)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": _ELEPHANT,
                    "bbox": bbox,
                    "area": bbox[2] * bbox[3],
                    "iscrowd": 0,
                }
            )
    images = [
        {"id": image_id, "width": one.width_px, "height": one.height_px}
        for image_id, one in enumerate(seen, 1)
    ]
    categories = [{"id": _ELEPHANT, "name": "elephant"}]
    return {"images": images, "annotations": annotations, "categories": categories}


def _results(seen: Sequence[Seen]) -> list[dict[str, Any]]:
    return [
        {
            "image_id": image_id,
            "category_id": _ELEPHANT,
            "bbox": _pixels(one, d.box.left, d.box.top, d.box.width, d.box.height),
            "score": d.confidence,
        }
        for image_id, one in enumerate(seen, 1)
        for d in one.elephants
    ]


def _pixels(one: Seen, left: float, top: float, width: float, height: float) -> list[float]:
    return [
        left * one.width_px,
        top * one.height_px,
        width * one.width_px,
        height * one.height_px,
    ]
