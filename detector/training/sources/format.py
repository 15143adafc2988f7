"""The names that the command line gives to the formats it imports."""

from enum import StrEnum


class Format(StrEnum):
    """What `dataset import` reads."""

    COCO = "coco"
    CAMERA_TRAPS = "coco-camera-traps"
    CAMTRAP_DP = "camtrap-dp"
    MEGADETECTOR = "megadetector"
