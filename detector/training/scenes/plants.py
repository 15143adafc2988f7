"""Plants as triangles: leaves, bushes, grass, stems and trees, with colour and infrared return."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from detector.training.scenes.arrays import Doubles, Floats, vector

BARK = np.array([0.17, 0.13, 0.095])
TWIG = np.array([0.12, 0.09, 0.06])


class Plants:
    """Grows plants from one random stream and keeps their triangles."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._triangles: list[Floats] = []
        self._albedo: list[Floats] = []

    def gathered(self) -> tuple[Floats, Floats]:
        """Corners (n, 3, 3) in metres, and albedo (n, 4): red, green, blue, infrared."""
        return np.concatenate(self._triangles), np.concatenate(self._albedo)

    def _add(self, triangles: Doubles, colour: ArrayLike, infrared: ArrayLike) -> None:
        n = len(triangles)
        columns = (np.broadcast_to(colour, (n, 3)), np.broadcast_to(infrared, n))
        self._triangles.append(np.asarray(triangles, np.float32))
        self._albedo.append(np.column_stack(columns).astype(np.float32))

    def leaves(
        self, centres: Doubles, size_m: float, upward: float, colour: Doubles, infrared: Doubles
    ) -> None:
        """Folded diamonds at the centres (n, 3); `upward` is how strongly they face the sky."""
        rng, n = self._rng, len(centres)
        along = rng.normal(size=(n, 3))
        along[:, 2] = along[:, 2] * 0.6 - 0.25
        along /= np.linalg.norm(along, axis=1)[:, None]
        across = np.cross(along, rng.normal(size=(n, 3)) + vector(0, 0, upward))
        across /= np.linalg.norm(across, axis=1)[:, None] + 1e-6
        length = (size_m * rng.uniform(0.6, 1.4, n))[:, None]
        width = length * rng.uniform(0.22, 0.42, (n, 1))
        fold = np.cross(across, along) * width * 0.35
        stalk, tip = centres - along * length, centres + along * length
        middle = centres - along * length * 0.15 + fold
        self._add(np.stack([stalk, middle + across * width, tip], 1), colour, infrared)
        self._add(np.stack([stalk, tip, middle - across * width], 1), colour * 0.93, infrared)

    def litter(self, centres: Doubles, colour: Doubles, infrared: Doubles) -> None:
        """Dead leaves, pressed almost flat on the ground."""
        before = len(self._triangles)
        self.leaves(centres, 0.05, 0, colour, infrared)
        for triangles in self._triangles[before:]:
            triangles[:, :, 2] = 0.012 + 0.15 * np.abs(triangles[:, :, 2] - 0.012)

    def bush(
        self,
        centre: Sequence[float],
        radii: ArrayLike,
        count: int,
        leaf_m: float,
        *,
        green: ArrayLike = (0.10, 0.17, 0.045),
        infrared: float = 0.5,
    ) -> None:
        """A cloud of leaf clusters, darker inside; twigs where it is near the ground."""
        rng, middle, spread = self._rng, np.asarray(centre, float), np.asarray(radii, float)
        clusters = rng.normal(size=(max(4, count // 70), 3))
        clusters /= np.linalg.norm(clusters, axis=1)[:, None]
        clusters *= rng.uniform(0.35, 1, (len(clusters), 1))
        clusters[:, 2] = np.abs(clusters[:, 2]) * 1.1 - 0.1
        offsets = (
            clusters[rng.integers(0, len(clusters), count)] + rng.normal(size=(count, 3)) * 0.26
        )
        places = middle + offsets * spread
        above = places[:, 2] > 0.02
        places, offsets = places[above], offsets[above]
        depth = np.linalg.norm(offsets, axis=1)
        shade = np.clip(0.35 + 0.6 * depth * (0.6 + 0.4 * np.clip(offsets[:, 2], 0, 1)), 0.25, 1.15)
        shade *= rng.uniform(0.75, 1.2, len(places))
        vary = 1 + rng.normal(size=(len(places), 3)) * [0.22, 0.12, 0.15]
        colour = np.clip(np.asarray(green) * shade[:, None] * vary, 0.004, 1)
        returned = infrared * np.clip(shade, 0.35, 1.1) * rng.uniform(0.7, 1.2, len(places))
        self.leaves(places, leaf_m, 0.9, colour, returned)
        if middle[2] < 1.5:
            self._twigs(middle, middle + clusters * spread)

    def _twigs(self, middle: Doubles, ends: Doubles) -> None:
        for _ in range(5):
            end = ends[self._rng.integers(len(ends))]
            root = [middle[0] + self._rng.normal() * 0.05, middle[1], 0]
            bend = (middle + end) / 2 * [1, 1, 0.8]
            self.tube([root, bend, end], [0.02, 0.013, 0.006], 5, TWIG, 0.3)

    def grass(self, roots: Doubles, height_m: Doubles, colour: Doubles, infrared: float) -> None:
        """One bent blade per root (n, 3)."""
        rng, n = self._rng, len(roots)
        angle = rng.uniform(0, math.tau, n)
        lean = (rng.uniform(0.1, 0.75, n) * height_m)[:, None]
        way = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
        side = np.column_stack([-np.sin(angle + 0.6), np.cos(angle + 0.6), 0 * angle])
        side *= (0.004 + 0.009 * rng.random(n) * np.sqrt(height_m))[:, None]
        up = np.array([0, 0, 1.0]) * height_m[:, None]
        middle, tip = roots + way * lean * 0.3 + up * 0.6, roots + way * lean + up
        vary = rng.uniform(0.6, 1.25, (n, 1))
        dark, light = (
            (colour * vary * 0.55, infrared * vary[:, 0] * 0.6),
            (
                colour * vary,
                infrared * vary[:, 0],
            ),
        )
        left, right = middle - side * 0.8, middle + side * 0.8
        self._add(np.stack([roots - side, roots + side, right], 1), *dark)
        self._add(np.stack([roots - side, right, left], 1), *dark)
        self._add(np.stack([left, right, tip], 1), *light)

    def tube(
        self,
        points: ArrayLike,
        radii: ArrayLike,
        sides: int,
        colour: ArrayLike,
        infrared: ArrayLike,
    ) -> None:
        """A stem through the points (n, 3) with a radius at each."""
        line, thick = np.asarray(points, float), np.asarray(radii, float)
        angles = np.linspace(0, math.tau, sides + 1)[:, None]
        rings = []
        for i, place in enumerate(line):
            along = line[min(i + 1, len(line) - 1)] - line[max(i - 1, 0)]
            u = np.cross(along / np.linalg.norm(along), [0.3, 1, 0.2])
            u /= np.linalg.norm(u)
            v = np.cross(along / np.linalg.norm(along), u)
            rings.append(place + thick[i] * (np.cos(angles) * u + np.sin(angles) * v))
        for low, high in pairwise(rings):
            self._add(np.stack([low[:-1], low[1:], high[1:]], 1), colour, infrared)
            self._add(np.stack([low[:-1], high[1:], high[:-1]], 1), colour, infrared)

    def tree(self, x: float, y: float, radius_m: float, height_m: float) -> None:
        """A crooked trunk with a wide foot and two leafy branches."""
        rng, joints = self._rng, 14
        z = np.linspace(-0.2, height_m, joints)
        crook = np.cumsum(rng.normal(size=(joints, 2)) * 0.07 * (0.4 + radius_m), 0)
        lean = rng.normal(size=2) * 0.05
        line = np.column_stack([x + crook[:, 0] + lean[0] * z, y + crook[:, 1] + lean[1] * z, z])
        foot = 1 + 0.55 * np.exp(-np.clip(z, 0, 9) * 3.2)
        thick = radius_m * (1 - 0.45 * z / height_m) * foot * rng.uniform(0.95, 1.06, joints)
        self.tube(line, thick, 22, BARK * rng.uniform(0.7, 1.25), 0.34 * rng.uniform(0.8, 1.2))
        for _ in range(2):
            self._branch(line[rng.integers(5, joints)], radius_m)

    def _branch(self, root: Doubles, radius_m: float) -> None:
        way = self._rng.normal(size=3)
        way[2] = abs(way[2])
        end = root + way / np.linalg.norm(way) * 1.6
        radii = [radius_m * 0.3, radius_m * 0.2, radius_m * 0.08]
        self.tube([root, (root + end) / 2 + [0, 0, 0.15], end], radii, 7, BARK, 0.34)
        self.bush(end.tolist(), (0.9, 0.9, 0.6), 260, 0.09)
