"""The camera: where it stands, what each pixel looks at, how many samples a pixel takes."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.strip import strip_height_px
from detector.training.scenes.arrays import Doubles, Floats, rotation


@dataclass(frozen=True, slots=True)
class FrameSize:
    """A frame in pixels, clock strip included."""

    width_px: int = 640
    height_px: int = 480

    @property
    def strip_px(self) -> int:
        """Rows of the clock strip."""
        return strip_height_px(self.height_px)

    @property
    def picture_px(self) -> int:
        """Rows above the strip."""
        return self.height_px - self.strip_px


@dataclass(frozen=True, slots=True)
class CameraView:
    """A pinhole camera. Sizes are of the supersampled picture; `basis` holds right, forward, up."""

    size: FrameSize
    supersampling: float
    width: int
    height: int
    focal_px: float
    position: Doubles
    basis: Doubles
    rays: Floats
    ray_lengths: Floats

    @property
    def centre_x(self) -> float:
        """Column where the camera looks straight ahead."""
        return self.width / 2

    @property
    def centre_y(self) -> float:
        """Row where the camera looks straight ahead."""
        return self.height / 2

    def to_camera(self, points: NDArray[Any]) -> Doubles:
        """World points (..., 3) as (right, up, forward) of the camera, metres."""
        seen: Doubles = ((points - self.position) @ self.basis)[..., [0, 2, 1]]
        return seen

    def points(self, depth: Floats) -> Floats:
        """World points (h, w, 3) at this depth (h, w) in metres."""
        return (self.position + self.rays * depth[..., None]).astype(np.float32)


def place_camera(size: FrameSize, supersampling: float, rng: np.random.Generator) -> CameraView:
    """Strap a camera to a tree: height, tilt and field of view vary a little."""
    width, height = int(size.width_px * supersampling), int(size.picture_px * supersampling)
    focal_px = width / 2 / math.tan(math.radians(rng.uniform(25, 29)))
    position = np.array([0, 0, rng.uniform(1.3, 1.9)])
    basis = rotation(rng.uniform(-0.04, 0.04), 0, rng.uniform(-0.03, 0.05))
    u, v = np.meshgrid(
        (np.arange(width) + 0.5 - width / 2) / focal_px,
        -(np.arange(height) + 0.5 - height / 2) / focal_px,
    )
    rays = basis[:, 0] * u[..., None] + basis[:, 1] + basis[:, 2] * v[..., None]
    return CameraView(
        size=size,
        supersampling=supersampling,
        width=width,
        height=height,
        focal_px=focal_px,
        position=position,
        basis=basis,
        rays=rays.astype(np.float32),
        ray_lengths=np.sqrt(1 + u * u + v * v).astype(np.float32),
    )
