"""A release: one network with everything needed to trust and to use it, in a folder of `models/`.

The folder's `model.toml` names the file, its checksum, its classes and the thresholds chosen on
evidence. Bytes that differ from the checksum never reach the runtime.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.detection import Detection, Label, Lighting
from detector.letterbox import Letterbox
from detector.second_look import SecondLook

MODEL_FILE = "model.toml"
Fraction = Annotated[float, Field(gt=0, lt=1)]
ClassIndices = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]


class Precision(StrEnum):
    """How finely the network computes: int8 is the faster file, fp32 the one every release has."""

    FP32 = "fp32"
    INT8 = "int8"


class ReleaseError(Exception):
    """A release that cannot be used. The message says what is wrong and what to do."""


class MissingReleaseError(ReleaseError):
    """There is no such folder, or something in it is missing."""


class BadModelFileError(ReleaseError):
    """`model.toml` cannot be understood."""


class DamagedReleaseError(ReleaseError):
    """The network's bytes are not those the release was made of."""


class NetworkFile(BaseModel):
    """Which bytes a network is made of."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(pattern=r"^[\w.-]+\.onnx$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)


class Int8File(NetworkFile):
    """The `[network_int8]` table: the same network in 8-bit integers, spoken with in the same way.

    `calibrated_on` names the pictures from which its ranges were taken. `thresholds` and, for two
    looks, `thresholds_twice` take the place of the float network's; without, it shares those.
    """

    calibrated_on: str = ""
    thresholds: dict[Lighting, Fraction] | None = None
    thresholds_twice: dict[Lighting, Fraction] | None = None


class NetworkFacts(NetworkFile):
    """The `[network]` table: which file, and how to speak with it.

    `input_size_px` is the longer side of what it is shown. A network without `input_stride_px` is
    shown squares; with it, frames padded to whole strides, which for a wide frame is less work.
    `even_contrast` names the lightings in which the picture's contrast is evened out first.
    `rival_weight` says how much another animal, claimed in the same place, takes from an elephant
    (`detector.decoding.decode`).
    """

    input_size_px: int = Field(ge=32, le=4096, multiple_of=32)
    input_stride_px: Literal[32] | None = None
    output: Literal["yolo"]
    iou_suppression: Fraction = 0.6
    even_contrast: frozenset[Lighting] = frozenset()
    rival_weight: float = Field(default=0.0, ge=0, le=100)


class SecondLookFacts(BaseModel):
    """The `[second_look]` table: which claims are looked at again, and what is believed then.

    An elephant claimed with a confidence from `unsure_from` to `sure_from` is looked for in the
    mirror image too. `thresholds` take the place of the release's where that is done.
    """

    model_config = ConfigDict(frozen=True)

    unsure_from: Fraction
    sure_from: Fraction
    thresholds: dict[Lighting, Fraction]


class ModelFile(BaseModel):
    """`model.toml` as it is written. Unknown keys are left for newer readers."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[\w.-]+$")
    created: date
    licence: str
    base_weights: str = ""
    dataset: str = ""
    network: NetworkFacts
    network_int8: Int8File | None = None
    classes: dict[Label, ClassIndices]
    thresholds: dict[Lighting, Fraction]
    second_look: SecondLookFacts | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose checksum was right when it was loaded.

    `thresholds` are those of the way it looks: twice where it has a `second_look`, else once.
    """

    name: str
    folder: Path
    created: date
    licence: str
    path_onnx: Path
    sha256: str
    size_bytes: int
    input_size_px: int
    input_stride_px: int | None
    iou_suppression: float
    even_contrast: frozenset[Lighting]
    classes: Mapping[int, Label]
    thresholds: Mapping[Lighting, float]
    rival_weight: float = 0.0
    precision: Precision = Precision.FP32
    second_look: SecondLook | None = None
    thresholds_once: Mapping[Lighting, float] | None = None

    @property
    def version(self) -> str:
        """What follows the last hyphen of the name: `0.1` of `elephant-0.1`."""
        return self.name.rpartition("-")[2]

    def letterbox(
        self, frame_width_px: int, frame_height_px: int, *, squarely: bool = False
    ) -> Letterbox:
        """Say how a frame of this size is laid into what the network is shown."""
        stride_px = None if squarely else self.input_stride_px
        return Letterbox.of(frame_width_px, frame_height_px, self.input_size_px, stride_px)

    def threshold(self, lighting: Lighting) -> float:
        """The confidence from which an elephant is believed in this light."""
        return self.thresholds[lighting]

    def looking_once(self) -> "Release":
        """Return the release without its second look, with the thresholds that go with that."""
        if self.thresholds_once is None:
            return self
        return replace(
            self, thresholds=self.thresholds_once, second_look=None, thresholds_once=None
        )

    def keeps(self, detections: Iterable[Detection], lighting: Lighting) -> list[Detection]:
        """Return the detections that are believed in this light, in their order."""
        least = self.threshold(lighting)
        return [seen for seen in detections if seen.confidence >= least]

    def read_network(self) -> bytes:
        """Return the network's bytes, verified.

        Raises `MissingReleaseError` or `DamagedReleaseError`. Who runs the network runs these
        bytes, not the file's, so that nothing can change between the check and the use.
        """
        try:
            data = self.path_onnx.read_bytes()
        except OSError as error:
            raise MissingReleaseError(
                f"{self.path_onnx.name} of release {self.name} cannot be read "
                f"({error.strerror}); fetch the release again"
            ) from error
        checksum = hashlib.sha256(data).hexdigest()
        if checksum != self.sha256:
            raise DamagedReleaseError(
                f"{self.path_onnx.name} of release {self.name} is damaged: its checksum is "
                f"{checksum}, {MODEL_FILE} says {self.sha256}; fetch the release again"
            )
        return data


def load_release(folder: Path, precision: Precision = Precision.FP32) -> Release:
    """Read and verify the release in a folder, with its network in the wanted precision.

    Raises a `ReleaseError`, also if the release has no network of this precision.
    """
    described = _read_model_file(folder)
    network, again = described.network, described.second_look
    file = _network_file(described, precision)
    once, twice = described.thresholds, again.thresholds if again else None
    if isinstance(file, Int8File):
        once, twice = file.thresholds or once, (file.thresholds_twice or twice) if again else None
    for thresholds in filter(None, (once, twice)):
        _check_thresholds(thresholds, folder)
    release = Release(
        name=described.name,
        folder=folder,
        created=described.created,
        licence=described.licence,
        path_onnx=folder / file.file,
        sha256=file.sha256,
        size_bytes=file.bytes,
        input_size_px=network.input_size_px,
        input_stride_px=network.input_stride_px,
        iou_suppression=network.iou_suppression,
        even_contrast=network.even_contrast,
        rival_weight=network.rival_weight,
        classes=_label_by_class(described.classes, folder),
        thresholds=twice or once,
        precision=precision,
        second_look=SecondLook(again.unsure_from, again.sure_from) if again else None,
        thresholds_once=once if again else None,
    )
    release.read_network()
    return release


def find_release(name_or_folder: str | Path | None = None) -> Path:
    """Return the folder of a release.

    A folder is taken as it is; a name is looked up in `models/` beside the packages, then in
    `models/` of the current folder; None means the newest there. Raises `MissingReleaseError`.
    """
    if name_or_folder is None:
        return _newest(shelves())
    named = [Path(name_or_folder), *(shelf / name_or_folder for shelf in shelves())]
    for folder in named:
        if (folder / MODEL_FILE).is_file():
            return folder
    raise MissingReleaseError(
        f"no release {name_or_folder}: it is neither a folder with a {MODEL_FILE} "
        f"nor a name in {' or '.join(map(str, shelves()))}"
    )


def shelves() -> list[Path]:
    """Return the folders that may hold releases, the preferred first."""
    return [Path(__file__).parent.parent / "models", Path.cwd() / "models"]


def _network_file(described: ModelFile, precision: Precision) -> NetworkFile:
    if precision is Precision.FP32:
        return described.network
    if described.network_int8 is None:
        raise MissingReleaseError(
            f"release {described.name} has no int8 network: ask for fp32, or make one with "
            f"trunkline-detector quantise"
        )
    return described.network_int8


def _newest(places: list[Path]) -> Path:
    for shelf in places:
        folders = [path.parent for path in shelf.glob(f"*/{MODEL_FILE}")]
        if folders:
            return max(folders, key=lambda folder: (_read_model_file(folder).created, folder.name))
    raise MissingReleaseError(f"no release in {' or '.join(map(str, places))}; name one's folder")


def _read_model_file(folder: Path) -> ModelFile:
    path = folder / MODEL_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingReleaseError(f"{folder} is no release: {path} cannot be read") from error
    try:
        return ModelFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadModelFileError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        raise BadModelFileError(f"{path}: {where}: {wrong['msg']}") from error


def _check_thresholds(thresholds: Mapping[Lighting, float], folder: Path) -> None:
    missing = [lighting.value for lighting in Lighting if lighting not in thresholds]
    if missing:
        raise BadModelFileError(f"{folder / MODEL_FILE}: no threshold for {', '.join(missing)}")


def _label_by_class(classes: Mapping[Label, tuple[int, ...]], folder: Path) -> dict[int, Label]:
    label_by_class: dict[int, Label] = {}
    for label, indices in classes.items():
        for index in indices:
            if index in label_by_class:
                raise BadModelFileError(f"{folder / MODEL_FILE}: class {index} has two labels")
            label_by_class[index] = label
    if Label.ELEPHANT not in label_by_class.values():
        raise BadModelFileError(f"{folder / MODEL_FILE}: no class is an elephant")
    return label_by_class
