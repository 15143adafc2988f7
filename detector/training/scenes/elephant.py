"""An Asian elephant: arched back, twin-domed head, small ears; about 2.4 m at the shoulder."""

import math
from dataclasses import dataclass

import numpy as np

from detector.training.scenes.arrays import Doubles, vector
from detector.training.scenes.body import Body, BodyBuilder, step
from detector.training.scenes.materials import Material

STRIDE_M = 0.62
NECK = np.array([1.0, 0.0, 1.85])
LEGS = (  # x, y, phase, is it a front leg
    (0.64, 0.33, 0.25, True),
    (0.64, -0.33, 0.75, True),
    (-0.72, 0.34, 0.0, False),
    (-0.72, -0.34, 0.5, False),
)


@dataclass(frozen=True, slots=True)
class ElephantPose:
    """One individual at one instant. Angles in radians; `tusk`, `calf` and `curl` from 0 to 1."""

    phase: float = 0.0
    head_pitch: float = 0.0
    head_yaw: float = 0.0
    ear: float = 0.35
    swing: float = 0.0
    curl: float = 0.3
    tusk: float = 0.0
    calf: float = 0.0
    fat: float = 0.0

    @property
    def head_scale(self) -> float:
        """Calves have bigger heads for their size."""
        return 1.25 + 0.14 * self.calf

    def head(self, x: float, y: float, z: float) -> Doubles:
        """A point of the head, grown about the neck."""
        s = self.head_scale
        return np.array((1.0 + (x - 1.15) * s, y * s, 1.88 + (z - 1.75) * s))

    def size(self, *radii: float) -> Doubles:
        """Radii of a part of the head."""
        return np.array(radii) * self.head_scale


def elephant(pose: ElephantPose) -> Body:
    """Build the elephant in this pose."""
    builder = BodyBuilder(Material.SKIN)
    _torso(builder, pose)
    _head(builder, pose)
    _trunk(builder, pose)
    _ears(builder, pose)
    for x, y, offset, front in LEGS:
        _leg(builder, x, y, pose.phase + offset, front=front)
    _tail(builder, pose)
    return builder.build()


def _torso(b: BodyBuilder, pose: ElephantPose) -> None:
    f = 1 + pose.fat
    b.ellipsoid((0.02, 0, 1.72), (1.03, 0.61 * f, 0.58), blend=0.3)  # barrel
    b.ellipsoid((0.62, 0, 1.66), (0.54, 0.51, 0.66), blend=0.3)  # shoulder
    b.ellipsoid((-0.70, 0, 1.64), (0.56, 0.52 * f, 0.60), blend=0.3)  # rump
    b.ellipsoid((-0.08, 0, 1.54), (0.86, 0.57 * f, 0.47), blend=0.3)  # belly
    b.ellipsoid((-0.05, 0, 2.02), (0.78, 0.32, 0.28), blend=0.3)  # the arch of the back
    b.ellipsoid((-1.02, 0, 1.62), (0.28, 0.38, 0.42), blend=0.25)
    b.capsule((0.80, 0, 1.80), (1.28, 0, 2.04), (0.52, 0.42), blend=0.3)  # neck
    b.close_group()


def _turn(pose: ElephantPose) -> tuple[float, float, float]:
    return (pose.head_yaw, pose.head_pitch, 0.0)


def _head(b: BodyBuilder, pose: ElephantPose) -> None:
    at, size = pose.head, pose.size
    b.ellipsoid(at(1.58, 0, 1.98), size(0.38, 0.35, 0.46), blend=0.2)
    b.ellipsoid(at(1.82, 0, 1.86), size(0.23, 0.27, 0.44), blend=0.2)
    for y in (-1, 1):
        b.ellipsoid(at(1.58, 0.15 * y, 2.33), size(0.26, 0.18, 0.18), blend=0.12)  # dome
        b.ellipsoid(at(1.78, 0.23 * y, 2.05), size(0.14, 0.08, 0.07), blend=0.08)  # brow
        b.ellipsoid(at(1.58, 0.28 * y, 1.78), size(0.22, 0.12, 0.24), blend=0.15)  # cheek
        b.ellipsoid(at(1.40, 0.31 * y, 1.98), size(0.16, 0.08, 0.24), blend=0.12)  # ear root
        eye = at(1.80, 0.290 * y, 1.90)
        b.ellipsoid(eye, (0.026, 0.02, 0.024), blend=0.004, material=Material.EYE)
        b.eye(at(1.82, 0.320 * y, 1.90), (0.45, 0.83 * y, 0))
        if pose.tusk > 0:
            _tusk(b, pose, y)
    b.capsule(at(1.52, 0, 1.60), at(1.84, 0, 1.36), (0.24, 0.09), blend=0.15)  # jaw
    b.close_group(NECK, _turn(pose))


def _tusk(b: BodyBuilder, pose: ElephantPose, side: int) -> None:
    """A smooth arc: down out of the lip, then forward, and a little up at the tip."""
    points, radii = [], []
    place = np.array([1.86, 0.17 * side, 1.52])
    segments, length_m = 8, 0.30 + 0.55 * pose.tusk
    for i in range(segments + 1):
        share = i / segments
        points.append(pose.head(*place))
        radii.append(0.045 * (1 - share) ** 0.6 + 0.008)
        angle = -1.05 + 1.35 * share
        reach = np.array([math.cos(angle), 0.16 * side * (0.5 - share), math.sin(angle)])
        place = place + length_m / segments * reach
    b.chain(points, radii, blend=0.012, material=Material.TUSK)


def _trunk(b: BodyBuilder, pose: ElephantPose) -> None:
    points, radii = [], []
    place = pose.head(1.90, 0, 1.78)
    for i in range(9):
        share = i / 8
        points.append(place.copy())
        radii.append((0.215 * (1 - share) ** 0.8 + 0.068) * (1.06 - 0.12 * pose.calf))
        angle = -1.2 - 0.40 * math.sin(share * 2.4) + 0.25 * pose.swing * share
        angle += pose.curl * 4.4 * max(0.0, share - 0.45) ** 1.3
        reach = np.array([math.cos(angle), 0.22 * pose.swing * share, math.sin(angle)])
        place = place + 0.245 * (1 - 0.3 * pose.calf) * reach
    for part in (slice(0, 5), slice(4, None)):  # two groups: smaller bounding spheres
        b.chain(points[part], radii[part])
        b.close_group(NECK, _turn(pose))


def _ears(b: BodyBuilder, pose: ElephantPose) -> None:
    at, size = pose.head, pose.size
    out = 0.30 * math.sin(pose.ear)
    for y in (-1, 1):
        spread = -pose.ear * y
        upper, lower = at(1.20, (0.34 + out) * y, 1.99), at(1.22, (0.35 + out) * y, 1.70)
        b.ellipsoid(upper, size(0.34, 0.03, 0.32), blend=0.05, turn=(spread, 0, 0.16 * y))
        b.ellipsoid(
            lower,
            size(0.25, 0.028, 0.37),
            blend=0.12,
            material=Material.EAR,
            turn=(spread, 0.22, 0.10 * y),
        )
        b.close_group(NECK, _turn(pose))


def _leg(b: BodyBuilder, x: float, y: float, phase: float, *, front: bool) -> None:
    forward, up = step(phase, STRIDE_M, 0.17)
    hip = np.array([x, y, 1.46])
    foot = np.array([x + forward - (0.0 if front else 0.08), y * 0.92, 0.13 + up])
    bend = hip * 0.48 + foot * 0.52 + vector((0.02 if front else 0.07) + up * 0.9, 0, 0)
    top, middle = (0.28, 0.175) if front else (0.35, 0.195)
    b.capsule(hip + vector(0, 0, 0.14), bend, (top, middle), blend=0.2)
    b.capsule(bend, foot, (0.175 if front else 0.18, 0.165), blend=0.08)
    b.capsule(foot - vector(0, 0, 0.04), foot + vector(0.05, 0, -0.05), (0.19, 0.185), blend=0.07)
    for angle in (-0.6, 0.0, 0.6):
        nail = foot + vector(0.05 + 0.195 * math.cos(angle), 0.20 * math.sin(angle), -0.08)
        b.ellipsoid(nail, (0.03, 0.042, 0.05), blend=0.01, material=Material.NAIL)
    b.close_group()


def _tail(b: BodyBuilder, pose: ElephantPose) -> None:
    sway = 0.12 * math.sin(pose.phase * math.tau)
    root = np.array([-1.27, 0, 1.82])
    drops = (
        (0, 0, 0),
        (-0.12, 0.3, -0.22),
        (-0.16, 1, -0.65),
        (-0.15, 1.6, -1.0),
        (-0.15, 1.8, -1.2),
    )
    points = [root + vector(x, y * sway, z) for x, y, z in drops]
    b.chain(points, [0.085, 0.06, 0.04, 0.028, 0.05], blend=0.05)
    b.close_group()
