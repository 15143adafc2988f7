"""What the network says about one frame, in words the whole project shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Label(StrEnum):
    """What can be seen. `animal` is any animal that is not an elephant."""

    ELEPHANT = "elephant"
    PERSON = "person"
    VEHICLE = "vehicle"
    ANIMAL = "animal"


class Lighting(StrEnum):
    """How a picture was lit. Each has its own threshold: each fools the network its own way."""

    DAY = "day"
    NIGHT_IR = "night_ir"
    THERMAL = "thermal"


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """Top-left corner and size, as fractions of the frame: the convention of Camtrap DP."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge, as a fraction of the frame."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge, as a fraction of the frame."""
        return self.top + self.height

    @property
    def area(self) -> float:
        """The share of the frame that the box covers, 0 to 1."""
        return self.width * self.height

    def touches_edge(self, margin: float = 0.01) -> bool:
        """Say whether the animal may go on beyond the frame."""
        return (
            self.left <= margin
            or self.top <= margin
            or self.right >= 1 - margin
            or self.bottom >= 1 - margin
        )

    def iou(self, other: Self) -> float:
        """Shared area over joint area, 0 to 1; 0 for two empty boxes."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        joint = self.area + other.area - shared
        return shared / joint if joint > 0 else 0.0

    def mirrored(self) -> Self:
        """Return the box as it lies in the mirror image of the frame, left and right exchanged."""
        return type(self)(1 - self.right, self.top, self.width, self.height)

    def around(self, other: Self) -> Self:
        """Return the smallest box that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return type(self)(left, top, right - left, bottom - top)


def box_around(boxes: Iterable[BoundingBox]) -> BoundingBox:
    """Return the smallest box that holds them all. Raises `ValueError` if there are none."""
    remaining = iter(boxes)
    joint = next(remaining, None)
    if joint is None:
        raise ValueError("no box to go around")
    for box in remaining:
        joint = joint.around(box)
    return joint


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing seen in one frame, and how sure the network is (0 to 1)."""

    label: Label
    confidence: float
    box: BoundingBox
