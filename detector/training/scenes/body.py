"""Building an animal from primitives, in its own space: it faces +x and stands on z = 0."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.training.scenes.arrays import Doubles, Floats, Point, rotation, unit
from detector.training.scenes.distance_field import BodyArrays
from detector.training.scenes.materials import Material

CAPSULE, ELLIPSOID = 0, 1
Turn = tuple[float, float, float]
STILL: Turn = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Glow:
    """An eye that shines back, or a lamp: where it is and which way it looks."""

    position: Doubles
    direction: Doubles


@dataclass(frozen=True, slots=True)
class Body:
    """A finished body: what the marcher needs, and the lights it carries."""

    arrays: BodyArrays
    eyes: tuple[Glow, ...]
    lamp: Glow | None


class BodyBuilder:
    """Collects primitives; `close_group` ends a part, which may be turned about a pivot."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._rows: list[Doubles] = []
        self._groups: list[list[float]] = []
        self._start = 0
        self._open_eyes: list[Glow] = []
        self._eyes: list[Glow] = []
        self._lamp: Glow | None = None

    def capsule(
        self,
        start: Point,
        end: Point,
        radii: tuple[float, float],
        *,
        blend: float = 0.12,
        material: Material | None = None,
    ) -> None:
        """A rod with round ends that narrows from the first radius to the second; metres."""
        a, b = np.asarray(start, float), np.asarray(end, float)
        made_of = self._material if material is None else material
        self._rows.append(np.r_[CAPSULE, a, b - a, radii, blend, made_of, np.eye(3).ravel()])

    def chain(
        self,
        points: Sequence[Point],
        radii: Sequence[float],
        *,
        blend: float = 0.1,
        material: Material | None = None,
    ) -> None:
        """Rods from point to point."""
        for i in range(len(points) - 1):
            ends = (radii[i], radii[i + 1])
            self.capsule(points[i], points[i + 1], ends, blend=blend, material=material)

    def ellipsoid(
        self,
        centre: Point,
        radii: Point,
        *,
        blend: float = 0.15,
        material: Material | None = None,
        turn: Turn = STILL,
    ) -> None:
        """A squashed ball, turned by (yaw, pitch, roll)."""
        made_of = self._material if material is None else material
        place = np.r_[ELLIPSOID, np.asarray(centre, float), np.asarray(radii, float)]
        self._rows.append(np.r_[place, 0, 0, blend, made_of, rotation(*turn).ravel()])

    def eye(self, position: Point, direction: Point) -> None:
        """An eye that reflects the flash; turns with the open group."""
        self._open_eyes.append(Glow(np.asarray(position, float), unit(direction)))

    def lamp(self, position: Point, direction: Point) -> None:
        """A headlamp."""
        self._lamp = Glow(np.asarray(position, float), unit(direction))

    def close_group(self, pivot: Point = STILL, turn: Turn = STILL) -> None:
        """End the open part, turned as a whole about `pivot`."""
        around, matrix = np.asarray(pivot, float), rotation(*turn)
        for row in self._rows[self._start :]:
            row[1:4] = matrix @ (row[1:4] - around) + around
            if row[0] == CAPSULE:
                row[4:7] = matrix @ row[4:7]
            else:
                row[11:20] = (matrix @ row[11:20].reshape(3, 3)).ravel()
        for eye in self._open_eyes:
            place = matrix @ (eye.position - around) + around
            self._eyes.append(Glow(place, matrix @ eye.direction))
        self._open_eyes = []
        self._groups.append([*_sphere(self._rows[self._start :]), self._start, len(self._rows)])
        self._start = len(self._rows)

    def build(self) -> Body:
        """The finished body. Every primitive must be in a closed group."""
        groups = np.array(self._groups, np.float32)
        rows = np.array(self._rows, np.float32)
        balls = rows[:, 0] == ELLIPSOID
        rows[balls, 7] = rows[balls, 4:7].min(1)
        rows[balls, 4:7] = 1 / rows[balls, 4:7]  # the compiled code multiplies, it never divides
        return Body(BodyArrays(rows, groups, _bound(groups)), tuple(self._eyes), self._lamp)


def _sphere(rows: Sequence[Doubles]) -> list[float]:
    """Centre and radius of a sphere around all primitives."""
    balls: list[tuple[Doubles, float]] = []
    for row in rows:
        if row[0] == CAPSULE:
            balls += [(row[1:4], float(row[7])), (row[1:4] + row[4:7], float(row[8]))]
        else:
            balls.append((row[1:4], float(row[4:7].max())))
    centre = np.mean([place for place, _ in balls], 0)
    radius = max(float(np.linalg.norm(place - centre)) + size for place, size in balls)
    return [*centre.tolist(), radius]


def _bound(groups: Floats) -> Floats:
    centre = groups[:, :3].mean(0)
    radius = max(float(np.linalg.norm(g[:3] - centre)) + float(g[3]) for g in groups)
    return np.array([*centre.tolist(), radius], np.float32)


def knee(hip: Doubles, foot: Doubles, thigh_m: float, shin_m: float, bend: float) -> Doubles:
    """Where the knee must be for both bones to reach; `bend` > 0 points it forward."""
    reach = foot - hip
    length = min(float(np.linalg.norm(reach)), (thigh_m + shin_m) * 0.999)
    along = (thigh_m**2 - shin_m**2 + length**2) / (2 * length)
    out = math.sqrt(max(thigh_m**2 - along**2, 0))
    way = reach / np.linalg.norm(reach)
    place: Doubles = hip + way * along + bend * out * np.array([-way[2], 0, way[0]])
    return place


STANCE = 0.68  # share of a step in which the foot is on the ground


def step(phase: float, stride_m: float, lift_m: float) -> tuple[float, float]:
    """Where a foot is within its step (phase 0 to 1): metres forward of the hip, metres up."""
    phase %= 1
    if phase < STANCE:
        return stride_m * (0.5 - phase / STANCE), 0.0
    swing = (phase - STANCE) / (1 - STANCE)
    return stride_m * (swing - 0.5), lift_m * math.sin(math.pi * swing)
