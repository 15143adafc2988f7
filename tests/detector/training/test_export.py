import shutil
from datetime import date
from pathlib import Path

from detector.detection import Lighting
from detector.release import MODEL_FILE, find_release, load_release
from detector.second_look import SecondLook
from detector.training.export import NETWORK_FILE, Description, Origin, model_toml

ONCE = dict.fromkeys(Lighting, 0.6)
ORIGIN = Origin("elephant-9.9", date(2026, 11, 22), "base", 'pictures of "ours"')


def described(folder: Path, description: Description) -> Path:
    shutil.copy(load_release(find_release()).path_onnx, folder / NETWORK_FILE)
    (folder / MODEL_FILE).write_text(model_toml(folder, description))
    return folder


def test_what_the_export_writes_the_runtime_reads(tmp_path: Path) -> None:
    release = load_release(described(tmp_path, Description(ORIGIN, 640, 3.0, ONCE, "val")))

    assert (release.name, release.input_size_px) == ("elephant-9.9", 640)
    assert release.thresholds == ONCE
    assert release.second_look is None


def test_the_thresholds_of_two_looks_are_their_own(tmp_path: Path) -> None:
    second = SecondLook(0.1, 0.9)
    twice = dict.fromkeys(Lighting, 0.3)
    release = load_release(
        described(tmp_path, Description(ORIGIN, 640, 3.0, ONCE, "val", second, twice))
    )

    assert release.second_look == second
    assert release.thresholds == twice
    assert release.looking_once().thresholds == ONCE
