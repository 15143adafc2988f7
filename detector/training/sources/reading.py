"""Which reader reads which format, and what names that we do not know mean in it."""

from dataclasses import dataclass, field
from pathlib import Path

from detector.detection import Label
from detector.training.sources.camtrap_dp import read_camtrap_dp
from detector.training.sources.coco import read_camera_traps, read_coco
from detector.training.sources.entries import Source
from detector.training.sources.format import Format
from detector.training.sources.megadetector_batch import read_batch
from detector.training.sources.vocabulary import Meaning, Unlabelled, Vocabulary

OTHERWISE: dict[Format, Meaning] = {
    Format.COCO: Unlabelled.IGNORE,  # eighty things of daily life
    Format.CAMERA_TRAPS: Label.ANIMAL,  # species
    Format.CAMTRAP_DP: Label.ANIMAL,
    Format.MEGADETECTOR: Label.ANIMAL,
}
"""What a name that we do not know means, by what kind of names a format holds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a source. `pictures` is where file names start; by default beside the file."""

    pictures: Path | None = None
    names: dict[str, str] = field(default_factory=dict)
    only: frozenset[Label] = frozenset(Label)
    confidence: float = 0.5


def read_source(kind: Format, source: Path, reading: Reading) -> Source:
    """Read a source. Raises UnreadableSourceError, and ValueError for a name mapped to nothing."""
    vocabulary = Vocabulary.of(OTHERWISE[kind], reading.names, reading.only)
    pictures = reading.pictures or source.parent
    match kind:
        case Format.COCO:
            return read_coco(source, pictures, vocabulary)
        case Format.CAMERA_TRAPS:
            return read_camera_traps(source, pictures, vocabulary)
        case Format.CAMTRAP_DP:
            return read_camtrap_dp(source, vocabulary)
        case Format.MEGADETECTOR:
            return read_batch(source, pictures, vocabulary, reading.confidence)
