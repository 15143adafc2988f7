"""Where the plants of a site stand: meadow, path, undergrowth, trees, canopy, and cover."""

from dataclasses import dataclass

import numpy as np

from detector.training.scenes.arrays import Doubles, Floats
from detector.training.scenes.noise import fractal_noise
from detector.training.scenes.plants import Plants

GREEN_GRASS = np.array([0.11, 0.15, 0.045])
DRY_GRASS = np.array([0.26, 0.22, 0.10])
BUSH_GREEN = np.array([0.085, 0.14, 0.045])


@dataclass(frozen=True, slots=True)
class Ground:
    """What planting must know of a site: where the path is and how wide the view opens."""

    path_m: float
    half_width_per_m: float

    def half(self, y: float) -> float:
        """Half the width of the view at distance y, and a little more; metres."""
        return y * self.half_width_per_m + 0.6

    def across(self, rng: np.random.Generator, y: Doubles) -> Doubles:
        """Random x for each distance y (n,), within the view."""
        wide: Doubles = rng.uniform(-1, 1, len(y)) * (y * self.half_width_per_m + 0.6)
        return wide


def plant(ground: Ground, cover: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Grow a site: triangles (n, 3, 3) and albedo (n, 4). `cover` 0 to 1.6 hides the path."""
    plants = Plants(rng)
    dryness = rng.uniform(0, 1)
    grass = GREEN_GRASS * (1 - dryness) + DRY_GRASS * dryness
    _meadow(plants, ground, grass, rng)
    _litter(plants, ground, rng)
    _undergrowth(plants, ground, rng)
    _trees_and_canopy(plants, ground, rng)
    _edges(plants, ground, rng)
    if cover > 0:
        _cover(plants, ground, cover, rng)
    if cover > 0.25:
        _tall_grass(plants, ground, min(cover, 1), grass, rng)
    return plants.gathered()


def _tufts(
    x: Doubles, y: Doubles, blades: Doubles, spread_m: float, rng: np.random.Generator
) -> Doubles:
    """Roots (n, 3) of `blades[i]` blades round each (x[i], y[i])."""
    i = np.repeat(np.arange(len(x)), blades.astype(int))
    roots: Doubles = np.column_stack([x[i], y[i], 0 * x[i]])
    return roots + rng.normal(size=roots.shape) * [spread_m, spread_m, 0]


def _meadow(plants: Plants, ground: Ground, grass: Doubles, rng: np.random.Generator) -> None:
    y = 1.6 + 26 * rng.random(3800) ** 1.7
    x = ground.across(rng, y)
    fertile = fractal_noise(np.column_stack([x, y, 0 * x]), 0.45)
    trodden = np.abs(y - ground.path_m - 0.5 * np.sin(x * 0.4)) / 1.6
    beside = np.clip(trodden, 0, 1)  # little grows on the animals' path
    grows = (fertile + 0.18 * beside > 0.47) & (rng.random(len(y)) < 0.2 + 0.8 * beside)
    x, y = x[grows], y[grows]
    blades = rng.integers(5, 14, len(x)).astype(float)
    roots = _tufts(x, y, blades, 0.11, rng)
    tuft = np.repeat(rng.uniform(0.5, 1.25, len(x)), blades.astype(int))
    plants.grass(roots, rng.uniform(0.10, 0.42, len(roots)) * tuft, grass, 0.46)


def _litter(plants: Plants, ground: Ground, rng: np.random.Generator) -> None:
    y = 1.4 + 14 * rng.random(5000) ** 1.5
    centres = np.column_stack([ground.across(rng, y), y, 0.012 + 0 * y])
    colour = np.array([0.19, 0.13, 0.07]) * rng.uniform(0.5, 1.6, (len(y), 1))
    plants.litter(centres, colour, 0.34 * rng.uniform(0.6, 1.4, len(y)))


def _undergrowth(plants: Plants, ground: Ground, rng: np.random.Generator) -> None:
    for _ in range(34):
        y = ground.path_m + 2.6 + 17 * rng.random() ** 1.3
        grown = 1 + (y - ground.path_m) / 14
        plants.bush(
            [rng.uniform(-1, 1) * ground.half(y), y, rng.uniform(0.1, 0.5)],
            np.array([1.1, 0.8, 0.8]) * rng.uniform(0.6, 1.35) * grown,
            int(rng.uniform(350, 800)),
            0.07 * grown,
            green=BUSH_GREEN * rng.uniform(0.7, 1.4),
            infrared=rng.uniform(0.38, 0.58),
        )


def _trees_and_canopy(plants: Plants, ground: Ground, rng: np.random.Generator) -> None:
    for _ in range(16):
        y = ground.path_m + 2.2 + 24 * rng.random() ** 1.1
        x = rng.uniform(-1, 1) * ground.half(y)
        plants.tree(x, y, rng.uniform(0.09, 0.34), rng.uniform(8, 13))
    for _ in range(26):
        y = ground.path_m + 3 + 20 * rng.random()
        centre = [rng.uniform(-1, 1) * ground.half(y), y, rng.uniform(3.6, 8)]
        green = np.array([0.075, 0.13, 0.04]) * rng.uniform(0.7, 1.3)
        plants.bush(centre, (1.8, 1.4, 1.0), 420, 0.12, green=green)


def _edges(plants: Plants, ground: Ground, rng: np.random.Generator) -> None:
    """Leaves that hang into the picture from the side, blown out by the flash."""
    for side in (-1, 1):
        if rng.random() < 0.6:
            y = rng.uniform(3, max(3.2, ground.path_m - 2.2))
            x = side * (ground.half(y) - rng.uniform(0.1, 0.5))
            plants.bush([x, y, 0.2], (0.5, 0.4, 0.6), 420, 0.05)


def _cover(plants: Plants, ground: Ground, cover: float, rng: np.random.Generator) -> None:
    """Trees and bushes between the camera and the path, spread over the width of the view."""
    count = max(1, round(cover * 7))
    for slot in np.linspace(-0.72, 0.72, count) + rng.normal(size=count) * 0.08:
        y = rng.uniform(max(2.6, ground.path_m * 0.42), max(2.8, ground.path_m * 0.66))
        x = slot * (ground.half(y) - 0.6)
        if rng.random() < 0.45:
            plants.tree(x, y, rng.uniform(0.10, 0.17) + 0.10 * cover * rng.random(), 7)
            continue
        plants.bush(
            [x, y, rng.uniform(0.35, 0.8)],
            np.array([0.5, 0.4, 0.62]) * rng.uniform(0.75, 1.05 + 0.45 * cover),
            int(420 + 420 * cover),
            0.055,
            green=np.array([0.10, 0.16, 0.05]) * rng.uniform(0.7, 1.3),
            infrared=rng.uniform(0.4, 0.55),
        )


def _tall_grass(
    plants: Plants, ground: Ground, density: float, grass: Doubles, rng: np.random.Generator
) -> None:
    y = rng.uniform(2.2, max(2.6, ground.path_m - 1.8), int(230 * density))
    roots = _tufts(ground.across(rng, y), y, np.full(len(y), 12.0), 0.12, rng)
    height = rng.uniform(0.35, 0.6 + 0.4 * density, len(roots))
    plants.grass(roots, height, grass * 1.1, 0.48)
