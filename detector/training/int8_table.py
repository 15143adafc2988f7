"""The table `[network_int8]` of a `model.toml`: which file it is, and what it believes from where.

Rounding moves confidences a little, up as well as down, so that the float network's thresholds
are not quite its own.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from detector.detection import Lighting
from detector.engine import Detector
from detector.evaluation.looking import look
from detector.evaluation.thresholds import Thresholds, choose_thresholds
from detector.release import MODEL_FILE, Precision, Release, load_release
from detector.training.dataset import LabelledPicture

TABLE = "network_int8"


def describe(
    folder: Path,
    network: Path,
    calibrated_on: str,
    judged: Sequence[LabelledPicture] = (),
    *,
    false_alarm_rate: float = 0.02,
) -> Release:
    """Tell a release's `model.toml` of its int8 network; return the release in int8.

    Thresholds are chosen on `judged` as `export` chooses the float network's, for one look and for
    two; without pictures it keeps those. Raises a `ReleaseError` or `UnreadablePictureError`.
    """
    model_file = folder / MODEL_FILE
    text = model_file.read_text(encoding="utf-8")
    model_file.write_text(with_table(text, network, calibrated_on), encoding="utf-8")
    release = load_release(folder, Precision.INT8)
    if not judged:
        return release

    def chosen(looking: Release) -> Thresholds:
        return choose_thresholds(look(judged, Detector(looking)), false_alarm_rate)

    thresholds = {"thresholds": chosen(release.looking_once())}
    if release.second_look:
        thresholds["thresholds_twice"] = chosen(release)
    text = with_table(text, network, calibrated_on, thresholds)
    model_file.write_text(text, encoding="utf-8")
    return load_release(folder, Precision.INT8)


def with_table(
    text: str,
    file: Path,
    calibrated_on: str,
    thresholds: Mapping[str, Mapping[Lighting, float]] | None = None,
) -> str:
    """Return the text of a `model.toml` with the table of an int8 network, new or instead.

    `thresholds` are its own, by the name of their key.
    """
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith((f"[{TABLE}]", f"[{TABLE}."))
        if not inside:
            kept.append(line)
    data = file.read_bytes()
    table = [
        f"[{TABLE}]  # the same network in 8-bit integers; input and output as above",
        f"file = {json.dumps(file.name)}",
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"',
        f"bytes = {len(data)}",
        f"calibrated_on = {json.dumps(calibrated_on, ensure_ascii=False)}",
    ]
    for name, values in (thresholds or {}).items():
        own = ", ".join(f"{lighting} = {value:.3f}" for lighting, value in values.items())
        table.append(f"{name} = {{ {own} }}  # its own, chosen as the float network's were")
    return "\n".join([*kept, "", *table]).replace("\n\n\n", "\n\n") + "\n"
