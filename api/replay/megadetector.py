"""Reads what `trunkline-detector detect --json` said of kept pictures: MegaDetector's batch format.

The server never looks at pictures itself. The release runs beside it, over the folder that a replay
laid out; the names of the pictures say which they are.
"""

from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import InvalidError

ELEPHANT = "elephant"
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Seen(BaseModel):
    model_config = ConfigDict(extra="ignore")

    category: str
    conf: Share


class _Image(BaseModel):
    model_config = ConfigDict(extra="ignore")

    file: str
    detections: list[_Seen] | None = None
    failure: str | None = None


class _Batch(BaseModel):
    model_config = ConfigDict(extra="ignore")

    images: list[_Image]
    detection_categories: dict[str, str]
    info: dict[str, Any] = {}


def scores_in(text: bytes) -> tuple[dict[str, float], str]:
    """Return the surest elephant of each picture by its SHA-256, and which network looked.

    Pictures that failed are left out: nobody knows what the network would have said.

    Raises:
        InvalidError: it is no such file, or it knows no elephants.
    """
    try:
        batch = _Batch.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InvalidError(f"this is no MegaDetector batch: {where}: {first['msg']}") from error
    elephants = {key for key, name in batch.detection_categories.items() if name == ELEPHANT}
    if not elephants:
        known = ", ".join(sorted(batch.detection_categories.values())[:5]) or "none"
        raise InvalidError(f"this network knows no category {ELEPHANT!r}, only {known}")
    scores = {
        PurePosixPath(image.file).stem: max(
            (seen.conf for seen in image.detections if seen.category in elephants), default=0.0
        )
        for image in batch.images
        if image.detections is not None and image.failure is None
    }
    return scores, str(batch.info.get("detector") or "unknown")
