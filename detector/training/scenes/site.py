"""One camera site: everything that stands still, rasterised once and used for every frame."""

from dataclasses import dataclass

import numpy as np

from detector.training.scenes.arrays import Doubles, Floats, Mask, unit
from detector.training.scenes.camera import CameraView, FrameSize, place_camera
from detector.training.scenes.noise import fractal_noise
from detector.training.scenes.planting import Ground, plant
from detector.training.scenes.triangles import rasterise

FOREST_M = 46.0  # here a wall of dark forest ends the view
TREETOPS_M = 26.0  # above this the wall is sky
SKY_M = 400.0


@dataclass(slots=True)
class Surfaces:
    """What each pixel shows: depth (m), normal, albedo (red, green, blue, infrared), openness.

    `owner` is the number of the actor that covers the pixel, -1 for the site itself.
    """

    depth: Floats
    normal: Floats
    albedo: Floats
    openness: Floats
    owner: np.ndarray
    plant: Mask
    sky: Mask

    def copy(self) -> "Surfaces":
        """A copy that actors may be drawn into; the masks of the site never change."""
        return Surfaces(
            self.depth.copy(),
            self.normal.copy(),
            self.albedo.copy(),
            self.openness.copy(),
            self.owner.copy(),
            self.plant,
            self.sky,
        )


@dataclass(frozen=True, slots=True)
class Site:
    """A camera, its surroundings, where the sun stands and how far away the path is."""

    camera: CameraView
    path_m: float
    sun: Doubles
    surfaces: Surfaces


def build_site(
    seed: int,
    *,
    cover: float = 0.0,
    path_m: float | None = None,
    size: FrameSize | None = None,
    supersampling: float = 1.5,
) -> Site:
    """Build the site of this seed; `cover` from 0 to 1.6 puts plants before the path."""
    rng = np.random.default_rng(seed)
    camera = place_camera(size or FrameSize(), supersampling, rng)
    usual_path_m = rng.uniform(6.8, 9.0)
    path = usual_path_m if path_m is None else path_m
    sun = unit([rng.uniform(-0.7, 0.7), rng.uniform(-0.55, 0.1), 0.95])
    ground = Ground(path, camera.width / 2 / camera.focal_px)
    triangles, albedo = plant(ground, cover, rng)
    return Site(camera, path, sun, _rasterised(camera, triangles, albedo))


def _rasterised(camera: CameraView, triangles: Floats, albedo: Floats) -> Surfaces:
    surfaces, drawn = _bare_ground(camera), np.full((camera.height, camera.width), -1, np.int32)
    corners = np.ascontiguousarray(camera.to_camera(triangles), np.float32)
    rasterise(
        corners, camera.focal_px, camera.centre_x, camera.centre_y, 0.5, surfaces.depth, drawn
    )
    surfaces.plant = drawn >= 0
    points = camera.points(surfaces.depth)
    _paint_plants(surfaces, points, drawn, triangles, albedo)
    _paint_ground(surfaces, points, camera)
    surfaces.normal /= np.linalg.norm(surfaces.normal, axis=-1)[..., None] + 1e-9
    away = surfaces.plant & ((surfaces.normal * camera.rays).sum(-1) > 0)
    surfaces.normal[away] *= -1
    return surfaces


def _bare_ground(camera: CameraView) -> Surfaces:
    """Flat ground up to the forest wall, sky above it."""
    down = camera.rays[..., 2]
    depth = np.where(down < -1e-3, -camera.position[2] / np.minimum(down, -1e-3), 1e9)
    wall = FOREST_M / camera.rays[..., 1]
    sky = (depth > FOREST_M) & (camera.position[2] + wall * down > TREETOPS_M)
    depth = np.where(sky, SKY_M, np.minimum(np.minimum(depth, SKY_M), wall))
    shape = depth.shape
    normal = np.zeros((*shape, 3), np.float32)
    normal[..., 2] = 1
    return Surfaces(
        depth=depth.astype(np.float32),
        normal=normal,
        albedo=np.zeros((*shape, 4), np.float32),
        openness=np.ones(shape, np.float32),
        owner=np.full(shape, -1, np.int16),
        plant=np.zeros(shape, bool),
        sky=sky,
    )


def _paint_plants(
    surfaces: Surfaces, points: Floats, drawn: np.ndarray, triangles: Floats, albedo: Floats
) -> None:
    seen = surfaces.plant
    edges = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    facing = edges / (np.linalg.norm(edges, axis=1)[:, None] + 1e-9)
    surfaces.normal[seen] = facing[drawn[seen]]
    surfaces.albedo[seen] = albedo[drawn[seen]]
    returned = surfaces.albedo
    bark = seen & (returned[..., 3] < 0.42) & (returned[..., 0] > returned[..., 1])
    grain = fractal_noise(points[bark], (9, 9, 2.2), 4)
    relief = fractal_noise(points[bark] + 7, (14, 14, 4), 3) - 0.45
    surfaces.albedo[bark] *= (0.45 + 1.15 * grain)[:, None]
    surfaces.normal[bark] += relief[:, None] * np.array([1.2, 0, 0.4], np.float32)
    openness = np.clip(0.5 + points[..., 2] * 0.45, 0.5, 1)
    surfaces.openness[seen] = openness[seen]


def _paint_ground(surfaces: Surfaces, points: Floats, camera: CameraView) -> None:
    bare = ~surfaces.plant
    place = points[bare]
    earth = fractal_noise(place, (1.3, 1.3, 0.1), 5)[:, None]
    crumbs = fractal_noise(place + 31, (14, 14, 1), 3)[:, None]
    soil, moss = np.array([0.20, 0.15, 0.095, 0.30]), np.array([0.14, 0.15, 0.06, 0.42])
    surfaces.albedo[bare] = (soil * (1 - earth) + moss * earth) * (0.35 + 1.35 * crumbs)
    bumps = [fractal_noise(place, 6.0), fractal_noise(place + 9, 6.0)]
    surfaces.normal[bare, :2] += (np.column_stack(bumps) - 0.45) * 0.9
    wall = bare & (camera.rays[..., 2] > -camera.position[2] / FOREST_M)
    patches = fractal_noise(points[wall], (0.5, 0.5, 0.6), 5)[:, None]
    surfaces.albedo[wall] = np.array([0.045, 0.062, 0.03, 0.3]) * (0.1 + 1.5 * patches)
    surfaces.normal[wall] = [0, -1, 0.2]
