"""Drawing an animal into the site, and measuring how much of it can be seen."""

from dataclasses import dataclass

import numpy as np

from detector.training.scenes.arrays import Doubles, Floats, Mask, rotation
from detector.training.scenes.body import Body
from detector.training.scenes.camera import CameraView
from detector.training.scenes.march import NOTHING_M, Marched, View, Window, march
from detector.training.scenes.materials import MOTTLED, REFLECTANCE, Material
from detector.training.scenes.noise import fractal_noise
from detector.training.scenes.recipe import Kind
from detector.training.scenes.site import Surfaces

ELEPHANT_WRINKLES_M = 0.0085
OTHER_WRINKLES_M = 0.002
MUD = np.array([0.20, 0.155, 0.115, 0.22])


@dataclass(frozen=True, slots=True)
class Actor:
    """One body in the world at one instant; it walks along x at `speed_mps`."""

    kind: Kind
    calf: bool
    body: Body
    x: float
    y: float
    yaw: float
    scale: float
    speed_mps: float

    @property
    def turn(self) -> Doubles:
        """From the body's own space to the world's directions."""
        return rotation(self.yaw)

    @property
    def position(self) -> Doubles:
        """Where it stands, metres."""
        return np.array([self.x, self.y, 0.0])

    def to_world(self, point: Doubles) -> Doubles:
        """A point of the body in the world."""
        placed: Doubles = self.turn @ point * self.scale + self.position
        return placed

    def to_body(self, points: Floats) -> Floats:
        """World points (n, 3) in the body's own space."""
        local = (points - self.position) @ self.turn / self.scale
        return np.ascontiguousarray(local, np.float32)


@dataclass(frozen=True, slots=True)
class Silhouette:
    """The whole animal, as if nothing stood before it: supersampled pixels, edges exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    area: int


def draw(surfaces: Surfaces, camera: CameraView, actor: Actor, number: int) -> Silhouette | None:
    """Draw one actor where it is nearest; None if no ray of the wider view meets it."""
    window = _window(camera, actor)
    if window.width <= 1 or window.height <= 1:
        return None
    wrinkles = ELEPHANT_WRINKLES_M if actor.kind is Kind.ELEPHANT else OTHER_WRINKLES_M
    seen = march(_view(camera, actor), window, actor.body.arrays, wrinkles)
    rows, columns = np.nonzero(seen.depth < NOTHING_M / 10)
    if len(rows) == 0:
        return None
    _merge(surfaces, camera, actor, number, window, seen)
    return Silhouette(
        left=window.left + int(columns.min()),
        top=window.top + int(rows.min()),
        right=window.left + int(columns.max()) + 1,
        bottom=window.top + int(rows.max()) + 1,
        area=len(rows),
    )


def _view(camera: CameraView, actor: Actor) -> View:
    back = actor.turn.T
    right, forward, up = (np.ascontiguousarray(axis) for axis in (back @ camera.basis).T)
    return View(
        origin=np.ascontiguousarray(back @ (camera.position - actor.position) / actor.scale),
        right=right,
        up=up,
        forward=forward,
        scale=actor.scale,
        focal_px=camera.focal_px,
        centre_x=camera.centre_x,
        centre_y=camera.centre_y,
    )


def _window(camera: CameraView, actor: Actor) -> Window:
    """Pixels around all parts; up to a frame's width beyond the edge, to know the whole animal."""
    groups = actor.body.arrays.groups
    centres = (groups[:, :3] * actor.scale) @ actor.turn.T + actor.position
    right, up, forward = camera.to_camera(centres).T
    radius = groups[:, 3] * actor.scale
    zoom = camera.focal_px / np.maximum(forward - radius * 0.6, 0.4)
    left = max(-camera.width, int((camera.centre_x + zoom * (right - radius)).min()))
    end = min(2 * camera.width, int((camera.centre_x + zoom * (right + radius)).max()))
    top = max(-camera.height // 2, int((camera.centre_y - zoom * (up + radius)).min()))
    bottom = min(3 * camera.height // 2, int((camera.centre_y - zoom * (up - radius)).max()))
    return Window(left, top, end - left, bottom - top)


def _merge(
    surfaces: Surfaces,
    camera: CameraView,
    actor: Actor,
    number: int,
    window: Window,
    seen: Marched,
) -> None:
    left, right = max(0, window.left), min(camera.width, window.left + window.width)
    top, bottom = max(0, window.top), min(camera.height, window.top + window.height)
    if right <= left or bottom <= top:
        return
    frame = (slice(top, bottom), slice(left, right))
    part = (
        slice(top - window.top, bottom - window.top),
        slice(left - window.left, right - window.left),
    )
    wins = seen.depth[part] < surfaces.depth[frame]
    points, material = seen.point[part][wins], seen.material[part][wins]
    surfaces.depth[frame][wins] = seen.depth[part][wins]
    surfaces.normal[frame][wins] = seen.normal[part][wins] @ actor.turn.T
    surfaces.albedo[frame][wins] = _painted(actor.kind, points, material)
    surfaces.openness[frame][wins] = seen.openness[part][wins]
    surfaces.owner[frame][wins] = number


def _painted(kind: Kind, points: Floats, material: np.ndarray) -> Floats:
    """Albedo (n, 4) of points (n, 3) in the animal's space: blotches, creases, mud, spots."""
    albedo: Floats = REFLECTANCE[material].copy()
    mottled: Mask = np.isin(material, MOTTLED)
    albedo[mottled] *= (0.62 + 0.75 * fractal_noise(points, 2.3, 4))[mottled, None]
    if kind is Kind.ELEPHANT:
        _hide(albedo, points, mottled)
    elif kind is Kind.DEER:
        spots = (fractal_noise(points, 13.0, 1) > 0.40) & (material == Material.FUR)
        albedo[spots] *= 1.45
    return albedo


def _hide(albedo: Floats, points: Floats, skin: Mask) -> None:
    folds = np.clip(np.abs(fractal_noise(points, (6, 6, 15), 4) - 0.47) * 12, 0, 1)
    folds *= 0.55 + 0.9 * fractal_noise(points + 9, (30, 30, 44), 2)
    albedo[skin] *= (0.66 + 0.40 * folds)[skin, None]
    z = points[:, 2]
    mud = np.clip((0.75 - z) * 1.1 + fractal_noise(points + 3, 2.0, 3) - 0.55, 0, 0.75) * skin
    dust = np.clip((z - 1.95) * 1.3, 0, 0.35) * skin
    albedo += (MUD - albedo) * (mud * 0.7 + dust * 0.8)[:, None]
