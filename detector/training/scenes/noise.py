"""Smooth noise in three dimensions: hide, bark, soil and the gaps in the canopy."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detector.training.scenes.arrays import Floats
from detector.training.scenes.compiled import compiled


@compiled
def _corner(x: int, y: int, z: int) -> float:
    n = (x * 374761393 + y * 668265263 + z * 1274126177) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFF) / 65535.0


@compiled
def value_noise(x: float, y: float, z: float) -> float:
    """Random values (0 to 1) at whole coordinates, smoothly blended between them."""
    xi, yi, zi = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - xi, y - yi, z - zi
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    a, b, c = int(xi), int(yi), int(zi)
    blended = 0.0
    for i in range(2):
        for j in range(2):
            weight = (fx if i else 1 - fx) * (fy if j else 1 - fy)
            near, far = _corner(a + i, b + j, c), _corner(a + i, b + j, c + 1)
            blended += weight * (near * (1 - fz) + far * fz)
    return blended


@compiled
def _fractal_map(points: Floats, fx: float, fy: float, fz: float, octaves: int) -> Floats:
    out = np.empty(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        total, amplitude, fine = 0.0, 0.5, 1.0
        for _ in range(octaves):
            total += amplitude * value_noise(
                points[i, 0] * fx * fine + 17.3,
                points[i, 1] * fy * fine + 5.1,
                points[i, 2] * fz * fine,
            )
            amplitude *= 0.5
            fine *= 2.03
        out[i] = total
    return out


def fractal_noise(points: NDArray[Any], frequency: ArrayLike, octaves: int = 3) -> Floats:
    """Sum of `octaves` of noise at `points` (..., 3); frequency per metre, one or one per axis."""
    fx, fy, fz = np.broadcast_to(np.asarray(frequency, float), 3).tolist()
    flat = np.ascontiguousarray(points.reshape(-1, 3), np.float32)
    return _fractal_map(flat, fx, fy, fz, octaves).reshape(points.shape[:-1])
