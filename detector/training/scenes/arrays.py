"""Names for the arrays that travel between the parts of the renderer."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
Point = ArrayLike  # three numbers, metres


def rotation(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Doubles:
    """The 3x3 matrix that rolls about x, then pitches about y, then yaws about z; radians."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    turned: Doubles = about_z @ about_y @ about_x
    return turned


def vector(x: float, y: float, z: float) -> Doubles:
    """Three numbers that can be added to a point."""
    return np.array([x, y, z], float)


def unit(vector: ArrayLike) -> Doubles:
    """The same direction with length one, along the last axis."""
    v = np.asarray(vector, float)
    scaled: Doubles = v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)
    return scaled
