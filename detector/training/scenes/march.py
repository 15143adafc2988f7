"""Ray marching: what the camera sees of one animal, and the shade the animal throws."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.training.scenes.arrays import Doubles, Floats
from detector.training.scenes.compiled import compiled
from detector.training.scenes.distance_field import BodyArrays, nearest, to_skin

NOTHING_M = 1e9  # the depth where a ray meets no animal
STEPS = 90
BLOCK_PX = 8


class View(NamedTuple):
    """The camera seen from the animal's own space (scaled by the animal's size)."""

    origin: Doubles
    right: Doubles
    up: Doubles
    forward: Doubles
    scale: float
    focal_px: float
    centre_x: float
    centre_y: float


class Window(NamedTuple):
    """The pixels worth looking at; may leave the frame, so that the whole animal is known."""

    left: int
    top: int
    width: int
    height: int


class Marched(NamedTuple):
    """Per pixel of the window: depth (m, or `NOTHING_M`), normal, point, material, openness 0-1."""

    depth: Floats
    normal: Floats
    point: Floats
    material: NDArray[np.int8]
    openness: Floats


@compiled
def _ray(view: View, x: float, y: float) -> tuple[float, float, float, float]:
    u = (x - view.centre_x) / view.focal_px
    v = -(y - view.centre_y) / view.focal_px
    length = math.sqrt(1 + u * u + v * v)
    r, p, f = view.right, view.up, view.forward
    dx = (f[0] + u * r[0] + v * p[0]) / length
    dy = (f[1] + u * r[1] + v * p[1]) / length
    dz = (f[2] + u * r[2] + v * p[2]) / length
    return dx, dy, dz, length


@compiled
def _closest_approach(view: View, body: BodyArrays, dx: float, dy: float, dz: float) -> float:
    o, c = view.origin, body.bound
    return -float((o[0] - c[0]) * dx + (o[1] - c[1]) * dy + (o[2] - c[2]) * dz)


@compiled
def _trace(
    view: View, body: BodyArrays, dx: float, dy: float, dz: float, start: float, cone: float
) -> tuple[float, int]:
    """Walk along the ray; returns (distance, material), distance negative where nothing is hit."""
    o = view.origin
    end = _closest_approach(view, body, dx, dy, dz) + body.bound[3] + 0.1
    t = start
    for _ in range(STEPS):
        d, material = nearest(o[0] + dx * t, o[1] + dy * t, o[2] + dz * t, body)
        if d < cone * t:
            return t, material
        t += d * 0.9
        if t > end:
            break
    return -1.0, 0


@compiled
def _safe_starts(view: View, window: Window, body: BodyArrays) -> Floats:
    """One wide cone per block of pixels: where its rays may start, or -1 if they all miss."""
    rows = (window.height + BLOCK_PX - 1) // BLOCK_PX
    columns = (window.width + BLOCK_PX - 1) // BLOCK_PX
    cone = 0.75 * BLOCK_PX / view.focal_px
    starts = np.full((rows, columns), -1.0, np.float32)
    for j in range(rows):
        for i in range(columns):
            x = window.left + (i + 0.5) * BLOCK_PX
            y = window.top + (j + 0.5) * BLOCK_PX
            dx, dy, dz, _ = _ray(view, x, y)
            first = max(_closest_approach(view, body, dx, dy, dz) - body.bound[3], 0.05)
            t, _ = _trace(view, body, dx, dy, dz, first, cone)
            if t > 0:
                starts[j, i] = max(t - cone * t, 0.05)
    return starts


@compiled
def _normal(
    x: float, y: float, z: float, step: float, body: BodyArrays, wrinkles_m: float
) -> tuple[float, float, float]:
    a = to_skin(x + step, y - step, z - step, body, wrinkles_m)
    b = to_skin(x - step, y - step, z + step, body, wrinkles_m)
    c = to_skin(x - step, y + step, z - step, body, wrinkles_m)
    d = to_skin(x + step, y + step, z + step, body, wrinkles_m)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return nx / length, ny / length, nz / length


@compiled
def _openness(
    x: float, y: float, z: float, nx: float, ny: float, nz: float, body: BodyArrays
) -> float:
    """How much of the surroundings the skin sees; its own folds and the ground close it."""
    closed = 0.0
    for s in (0.08, 0.22, 0.5):
        to_body, _ = nearest(x + nx * s, y + ny * s, z + nz * s, body)
        free = min(to_body, max(z + nz * s, 0.0) + 0.05)
        closed += max(0.0, s - free) * 0.55 / s
    return max(0.12, 1 - closed * 0.72)


@compiled
def march(view: View, window: Window, body: BodyArrays, wrinkles_m: float) -> Marched:
    """Look at one animal through a window of pixels."""
    shape = (window.height, window.width)
    depth = np.full(shape, NOTHING_M, np.float32)
    normal = np.zeros((window.height, window.width, 3), np.float32)
    point = np.zeros((window.height, window.width, 3), np.float32)
    materials = np.zeros(shape, np.int8)
    openness = np.ones(shape, np.float32)
    starts = _safe_starts(view, window, body)
    o = view.origin
    for j in range(window.height):
        for i in range(window.width):
            start = starts[j // BLOCK_PX, i // BLOCK_PX]
            if start < 0:
                continue
            dx, dy, dz, length = _ray(view, window.left + i + 0.5, window.top + j + 0.5)
            t, material = _trace(view, body, dx, dy, dz, start, 0.0008)
            if t < 0:
                continue
            x, y, z = o[0] + dx * t, o[1] + dy * t, o[2] + dz * t
            nx, ny, nz = _normal(x, y, z, max(0.006, 0.0012 * t), body, wrinkles_m)
            depth[j, i] = t * view.scale / length
            materials[j, i] = material
            openness[j, i] = _openness(x, y, z, nx, ny, nz, body)
            normal[j, i, 0], normal[j, i, 1], normal[j, i, 2] = nx, ny, nz
            point[j, i, 0], point[j, i, 1], point[j, i, 2] = x, y, z
    return Marched(depth, normal, point, materials, openness)


@compiled
def _sunlit(x: float, y: float, z: float, sun: Doubles, body: BodyArrays) -> float:
    c = body.bound
    ex, ey, ez = x - c[0], y - c[1], z - c[2]
    b = ex * sun[0] + ey * sun[1] + ez * sun[2]
    inside = b * b - (ex * ex + ey * ey + ez * ez - c[3] * c[3])
    if inside < 0:
        return 1.0
    half = math.sqrt(inside)
    end = half - b
    if end < 0:
        return 1.0
    t = max(-b - half, 0.04)
    light = 1.0
    for _ in range(40):
        d, _ = nearest(x + sun[0] * t, y + sun[1] * t, z + sun[2] * t, body)
        light = min(light, 0.5 + 7 * d / max(t, 0.3))
        if light < 0.02:
            return 0.0
        t += max(d, 0.03)
        if t > end:
            break
    return light


@compiled
def sun_shadow(points: Floats, sun: Doubles, body: BodyArrays) -> Floats:
    """Share of sunlight (0 to 1) that an animal lets through to each point (n, 3), in its space."""
    light = np.ones(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        light[i] = _sunlit(points[i, 0], points[i, 1], points[i, 2], sun, body)
    return light


@compiled
def contact_shade(points: Floats, normals: Floats, body: BodyArrays) -> Floats:
    """Openness (0 to 1) that is left at points (n, 3) beside an animal: feet sit on the ground."""
    open_share = np.ones(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        closed = 0.0
        for s in (0.12, 0.35, 0.8):
            d, _ = nearest(
                points[i, 0] + normals[i, 0] * s,
                points[i, 1] + normals[i, 1] * s,
                points[i, 2] + normals[i, 2] * s,
                body,
            )
            closed += max(0.0, s - max(d, 0.0)) * 0.42 / s
        open_share[i] = max(0.3, 1 - closed * 0.8)
    return open_share
