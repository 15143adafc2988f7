import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.release import (
    BadModelFileError,
    DamagedReleaseError,
    MissingReleaseError,
    Precision,
    ReleaseError,
    find_release,
    load_release,
)

NETWORK = b"the network's bytes" * 50


@dataclass
class ReleaseOnDisk:
    folder: Path
    text: str

    def write(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "model.toml").write_text(self.text)
        (self.folder / "elephant.onnx").write_bytes(NETWORK)
        return self.folder


def a_release(
    shelf: Path, name: str = "elephant-0.1", created: str = "2026-11-22"
) -> ReleaseOnDisk:
    text = f"""
name = "{name}"
created = "{created}"
licence = "AGPL-3.0-or-later"

[network]
file = "elephant.onnx"
sha256 = "{hashlib.sha256(NETWORK).hexdigest()}"
bytes = {len(NETWORK)}
input_size_px = 640
output = "yolo"

[classes]
elephant = [20]
animal = [14, 15]

[thresholds]
day = 0.4
night_ir = 0.35
thermal = 0.5

[thresholds_about]
chosen_on = "val"
"""
    return ReleaseOnDisk(shelf / name, text)


def test_a_release_knows_its_classes_and_thresholds(tmp_path: Path) -> None:
    release = load_release(a_release(tmp_path).write())

    assert release.version == "0.1"
    assert release.classes == {20: Label.ELEPHANT, 14: Label.ANIMAL, 15: Label.ANIMAL}
    assert release.threshold(Lighting.NIGHT_IR) == 0.35
    assert release.read_network() == NETWORK


def test_what_is_believed_depends_on_the_light(tmp_path: Path) -> None:
    release = load_release(a_release(tmp_path).write())
    faint = Detection(Label.ELEPHANT, 0.37, BoundingBox(0, 0, 1, 1))

    assert release.keeps([faint], Lighting.NIGHT_IR) == [faint]
    assert release.keeps([faint], Lighting.DAY) == []


@pytest.mark.parametrize("at", [0, 400, len(NETWORK) - 1])
def test_one_flipped_bit_is_refused_and_says_what_to_do(tmp_path: Path, at: int) -> None:
    folder = a_release(tmp_path).write()
    damaged = bytearray(NETWORK)
    damaged[at] ^= 1
    (folder / "elephant.onnx").write_bytes(damaged)

    with pytest.raises(DamagedReleaseError) as caught:
        load_release(folder)

    assert str(caught.value) == (
        "elephant.onnx of release elephant-0.1 is damaged: its checksum is "
        f"{hashlib.sha256(damaged).hexdigest()}, model.toml says "
        f"{hashlib.sha256(NETWORK).hexdigest()}; fetch the release again"
    )


def with_int8(release: ReleaseOnDisk, network: bytes) -> Path:
    release.text += f"""
[network_int8]
file = "elephant-int8.onnx"
sha256 = "{hashlib.sha256(network).hexdigest()}"
bytes = {len(network)}
calibrated_on = "300 training pictures"
"""
    folder = release.write()
    (folder / "elephant-int8.onnx").write_bytes(network)
    return folder


def test_the_precision_decides_which_network_is_read(tmp_path: Path) -> None:
    folder = with_int8(a_release(tmp_path), b"small")

    assert load_release(folder).read_network() == NETWORK
    small = load_release(folder, Precision.INT8)
    assert small.read_network() == b"small"
    assert small.precision is Precision.INT8


OWN = "thresholds = { day = 0.44, night_ir = 0.3, thermal = 0.5 }"
OWN_TWICE = "thresholds_twice = { day = 0.22, night_ir = 0.2, thermal = 0.2 }"
SECOND_LOOK = """
[second_look]
unsure_from = 0.1
sure_from = 0.9

[second_look.thresholds]
day = 0.3
night_ir = 0.2
thermal = 0.4
"""


def test_the_int8_network_shares_the_thresholds_where_it_has_none_of_its_own(
    tmp_path: Path,
) -> None:
    release = a_release(tmp_path)
    release.text += SECOND_LOOK
    folder = with_int8(release, b"small")

    small = load_release(folder, Precision.INT8)

    assert small.threshold(Lighting.DAY) == 0.3
    assert small.looking_once().threshold(Lighting.DAY) == 0.4


@pytest.mark.parametrize(
    ("second_look", "day", "day_once"), [(SECOND_LOOK, 0.22, 0.44), ("", 0.44, 0.44)]
)
def test_the_int8_network_goes_by_its_own_thresholds_and_the_float_one_does_not(
    tmp_path: Path, second_look: str, day: float, day_once: float
) -> None:
    release = a_release(tmp_path)
    release.text += second_look
    folder = with_int8(release, b"small")
    text = (folder / "model.toml").read_text()
    (folder / "model.toml").write_text(text + f"{OWN}\n{OWN_TWICE}\n")

    small, fine = load_release(folder, Precision.INT8), load_release(folder)

    assert small.threshold(Lighting.DAY) == day
    assert small.looking_once().threshold(Lighting.DAY) == day_once
    assert fine.looking_once().threshold(Lighting.DAY) == 0.4


def test_int8_thresholds_without_one_for_thermal_are_refused(tmp_path: Path) -> None:
    folder = with_int8(a_release(tmp_path), b"small")
    text = (folder / "model.toml").read_text()
    (folder / "model.toml").write_text(text + OWN.replace(", thermal = 0.5", "") + "\n")

    with pytest.raises(BadModelFileError, match="no threshold for thermal"):
        load_release(folder, Precision.INT8)


def test_a_damaged_int8_network_is_refused_when_it_is_wanted(tmp_path: Path) -> None:
    folder = with_int8(a_release(tmp_path), b"small")
    (folder / "elephant-int8.onnx").write_bytes(b"smell")

    assert load_release(folder).precision is Precision.FP32
    with pytest.raises(DamagedReleaseError, match=r"elephant-int8\.onnx of release elephant-0\.1"):
        load_release(folder, Precision.INT8)


def test_a_release_without_int8_says_so_when_asked_for_it(tmp_path: Path) -> None:
    folder = a_release(tmp_path).write()

    with pytest.raises(ReleaseError, match=r"release elephant-0\.1 has no int8 network"):
        load_release(folder, Precision.INT8)


def test_damage_after_loading_is_still_noticed(tmp_path: Path) -> None:
    release = load_release(a_release(tmp_path).write())
    release.path_onnx.write_bytes(NETWORK + b"!")

    with pytest.raises(DamagedReleaseError):
        release.read_network()


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    folder = a_release(tmp_path).write()
    (folder / "elephant.onnx").unlink()

    with pytest.raises(MissingReleaseError, match=r"elephant\.onnx of release elephant-0\.1"):
        load_release(folder)


@pytest.mark.parametrize(
    ("said", "instead", "complaint"),
    [
        ("day = 0.4", "day = 1.4", r"thresholds\.day"),
        ("thermal = 0.5", "", "no threshold for thermal"),
        ('file = "elephant.onnx"', 'file = "../elephant.onnx"', r"network\.file"),
        ('output = "yolo"', 'output = "other"', r"network\.output"),
        ("elephant = [20]", "person = [20]", "no class is an elephant"),
        ("animal = [14, 15]", "animal = [20]", "class 20 has two labels"),
        ("[network]", "[network", "is not TOML"),
    ],
)
def test_a_wrong_model_file_says_where(
    tmp_path: Path, said: str, instead: str, complaint: str
) -> None:
    release = a_release(tmp_path)
    assert said in release.text
    release.text = release.text.replace(said, instead, 1)

    with pytest.raises(BadModelFileError, match=complaint):
        load_release(release.write())


def test_every_refusal_is_of_one_family(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is no release"):
        load_release(tmp_path)


def test_a_release_is_found_by_its_folder(tmp_path: Path) -> None:
    folder = a_release(tmp_path).write()

    assert find_release(folder) == folder
    assert find_release(str(folder)) == folder


def test_a_name_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingReleaseError, match=r"no release elephant-99"):
        find_release("elephant-99.9")


def test_the_newest_release_is_the_last_made_not_the_last_in_the_alphabet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_release(tmp_path / "models", "elephant-0.9", "2026-11-01").write()
    newest = a_release(tmp_path / "models", "elephant-0.10", "2026-12-01").write()
    monkeypatch.setattr("detector.release.shelves", lambda: [tmp_path / "models"])

    assert find_release() == newest
    assert find_release("elephant-0.9").name == "elephant-0.9"


def test_who_looks_twice_believes_sooner(tmp_path: Path) -> None:
    on_disk = a_release(tmp_path)
    on_disk.text += SECOND_LOOK

    release = load_release(on_disk.write())

    assert release.second_look is not None
    assert release.threshold(Lighting.NIGHT_IR) == 0.2
    once = release.looking_once()
    assert once.second_look is None
    assert once.threshold(Lighting.NIGHT_IR) == 0.35


def test_a_release_without_a_second_look_looks_once_already(tmp_path: Path) -> None:
    release = load_release(a_release(tmp_path).write())

    assert release.looking_once() is release


def test_a_second_look_needs_a_threshold_for_every_light(tmp_path: Path) -> None:
    on_disk = a_release(tmp_path)
    on_disk.text += SECOND_LOOK.replace("thermal = 0.4\n", "")

    with pytest.raises(BadModelFileError, match="no threshold for thermal"):
        load_release(on_disk.write())
