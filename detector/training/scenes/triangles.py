"""A z-buffer for the plants."""

import math

import numpy as np
from numpy.typing import NDArray

from detector.training.scenes.arrays import Floats
from detector.training.scenes.compiled import compiled


@compiled
def rasterise(
    triangles: Floats,
    focal_px: float,
    centre_x: float,
    centre_y: float,
    nearest_m: float,
    depth: Floats,
    drawn: NDArray[np.int32],
) -> None:
    """Draw triangles (n, 3, 3) given as (right, up, forward) of the camera.

    Writes the depth (h, w) and, where a triangle is the nearest thing, its number into `drawn`.
    Triangles with a corner closer than `nearest_m` are left out.
    """
    height, width = depth.shape
    for n in range(triangles.shape[0]):
        za, zb, zc = triangles[n, 0, 2], triangles[n, 1, 2], triangles[n, 2, 2]
        if min(za, zb, zc) < nearest_m:
            continue
        ax, ay = (
            centre_x + focal_px * triangles[n, 0, 0] / za,
            centre_y - focal_px * triangles[n, 0, 1] / za,
        )
        bx, by = (
            centre_x + focal_px * triangles[n, 1, 0] / zb,
            centre_y - focal_px * triangles[n, 1, 1] / zb,
        )
        cx, cy = (
            centre_x + focal_px * triangles[n, 2, 0] / zc,
            centre_y - focal_px * triangles[n, 2, 1] / zc,
        )
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-6:
            continue
        left, right = (
            max(0, math.floor(min(ax, bx, cx))),
            min(width - 1, math.ceil(max(ax, bx, cx))),
        )
        top, bottom = (
            max(0, math.floor(min(ay, by, cy))),
            min(height - 1, math.ceil(max(ay, by, cy))),
        )
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
                w = 1 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                z = 1.0 / (u / za + v / zb + w / zc)
                if z < depth[y, x]:
                    depth[y, x] = z
                    drawn[y, x] = n
