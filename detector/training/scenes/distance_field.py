"""How far is a point from an animal's skin: smooth unions of tapered capsules and ellipsoids.

A primitive is a row of 20 numbers:
    0 shape (0 capsule, 1 ellipsoid)   1-3 start or centre   4-6 axis, or one over the radii
    7 start radius, or smallest radius   8 end radius   9 blend width   10 material   11-19 rotation
Groups (centre, radius, first row, past-last row) let far parts be answered by a sphere alone.
"""

import math
from typing import NamedTuple

from detector.training.scenes.arrays import Floats
from detector.training.scenes.compiled import compiled
from detector.training.scenes.noise import value_noise

FAR_M = 0.32  # beyond this a group's bounding sphere is near enough
SKIN_M = 0.10  # wrinkles are only worth computing this close


class BodyArrays(NamedTuple):
    """One animal in its own space: primitives (n, 20), groups (m, 6), bounding sphere (4,)."""

    primitives: Floats
    groups: Floats
    bound: Floats


@compiled
def _to_capsule(x: float, y: float, z: float, rows: Floats, i: int) -> float:
    bx, by, bz = rows[i, 4], rows[i, 5], rows[i, 6]
    along = (x * bx + y * by + z * bz) / (bx * bx + by * by + bz * bz + 1e-9)
    along = min(1.0, max(0.0, along))
    away = math.sqrt((x - bx * along) ** 2 + (y - by * along) ** 2 + (z - bz * along) ** 2)
    return float(away - rows[i, 7] - (rows[i, 8] - rows[i, 7]) * along)


@compiled
def _to_ellipsoid(x: float, y: float, z: float, rows: Floats, i: int) -> float:
    u = (x * rows[i, 11] + y * rows[i, 14] + z * rows[i, 17]) * rows[i, 4]
    v = (x * rows[i, 12] + y * rows[i, 15] + z * rows[i, 18]) * rows[i, 5]
    w = (x * rows[i, 13] + y * rows[i, 16] + z * rows[i, 19]) * rows[i, 6]
    scaled = math.sqrt(u * u + v * v + w * w)
    if scaled <= 0.05:
        return float(-rows[i, 7])
    slope = math.sqrt((u * rows[i, 4]) ** 2 + (v * rows[i, 5]) ** 2 + (w * rows[i, 6]) ** 2) + 1e-6
    return float(scaled * (scaled - 1) / slope)


@compiled
def nearest(x: float, y: float, z: float, body: BodyArrays) -> tuple[float, int]:
    """Signed distance to the smooth body and the material of the nearest primitive."""
    rows, groups = body.primitives, body.groups
    distance, closest, material = 1e9, 1e9, 0
    for g in range(groups.shape[0]):
        to_group = (x - groups[g, 0]) ** 2 + (y - groups[g, 1]) ** 2 + (z - groups[g, 2]) ** 2
        to_sphere = math.sqrt(to_group) - groups[g, 3]
        if to_sphere > FAR_M:
            distance = min(distance, to_sphere)
            continue
        for i in range(int(groups[g, 4]), int(groups[g, 5])):
            ax, ay, az = x - rows[i, 1], y - rows[i, 2], z - rows[i, 3]
            if rows[i, 0] == 0:
                d = _to_capsule(ax, ay, az, rows, i)
            else:
                d = _to_ellipsoid(ax, ay, az, rows, i)
            if d < closest:
                closest = d
                material = int(rows[i, 10])
            blend = rows[i, 9]
            overlap = max(blend - abs(distance - d), 0.0) / blend
            distance = min(distance, d) - overlap * overlap * blend * 0.25
    return distance, material


@compiled
def to_skin(x: float, y: float, z: float, body: BodyArrays, wrinkles_m: float) -> float:
    """Distance to the wrinkled skin: stretched noise, creases, and rings round the trunk."""
    distance, _ = nearest(x, y, z, body)
    if wrinkles_m <= 0 or distance >= SKIN_M:
        return distance
    rough = value_noise(x * 9, y * 9, z * 16) + 0.6 * value_noise(x * 24, y * 24, z * 34)
    rough += 0.35 * value_noise(x * 55, y * 55, z * 70)
    crease = min(abs(value_noise(x * 5 + 3, y * 5, z * 9) - 0.5) * 5, 1.0)
    distance -= wrinkles_m * (0.55 * rough + 0.8 * crease)
    if x > 1.95 and z < 1.75:
        distance -= wrinkles_m * 0.3 * math.sin(z * 80 + x * 30)
    return distance
