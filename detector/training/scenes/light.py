"""Light: the infrared flash by night, sun and sky by day, shining eyes and headlamps."""

from collections.abc import Sequence

import numpy as np

from detector.training.scenes.actors import Actor
from detector.training.scenes.arrays import Floats
from detector.training.scenes.body import Glow
from detector.training.scenes.march import contact_shade, sun_shadow
from detector.training.scenes.noise import fractal_noise
from detector.training.scenes.recipe import Kind
from detector.training.scenes.site import Site, Surfaces

SUN = np.array([2.9, 2.65, 2.25])
SKY = np.array([0.80, 0.92, 1.0])
GROUND_GLOW = np.array([0.10, 0.09, 0.06])
HAZE = np.array([0.24, 0.28, 0.25])
BRIGHT_SKY = np.array([1.3, 1.4, 1.45])
FLASH_REACH_M = 12.0  # beyond this no exposure makes up for the distance


def settle(surfaces: Surfaces, site: Site, actors: Sequence[Actor]) -> None:
    """Darken ground and plants close to each actor, so that feet stand on the ground."""
    points = site.camera.points(surfaces.depth)
    for actor in actors:
        reach = actor.body.arrays.bound[3] * actor.scale + 0.6
        beside = np.abs(points[..., :2] - actor.position[:2]).max(-1) < reach
        near = (surfaces.owner < 0) & beside & (points[..., 2] < 1.0)
        shade = contact_shade(
            actor.to_body(points[near]),
            np.ascontiguousarray(surfaces.normal[near] @ actor.turn, np.float32),
            actor.body.arrays,
        )
        surfaces.openness[near] *= shade


def infrared_flash(surfaces: Surfaces, site: Site, rng: np.random.Generator) -> Floats:
    """Infrared radiance (h, w, 1) of a flash beside the lens, after the firmware's exposure."""
    camera = site.camera
    view = camera.rays / camera.ray_lengths[..., None]
    facing = -(surfaces.normal * view).sum(-1)
    leaf = surfaces.plant & (surfaces.owner < 0)  # leaves let light through, so both sides count
    facing = np.where(leaf, 0.35 + 0.65 * np.abs(facing), np.clip(facing, 0, 1))
    beam = np.exp(-(((camera.ray_lengths - 1) / 0.20) ** 1.2))
    distance = surfaces.depth * camera.ray_lengths
    focus = min(site.path_m, FLASH_REACH_M) * rng.uniform(0.93, 1.0)
    lit = surfaces.albedo[..., 3] * (0.07 + 0.93 * facing**1.4) * surfaces.openness**1.7 * beam
    lit *= (focus / np.maximum(distance, 0.8)) ** 1.75 * 4.2 * rng.uniform(0.94, 1.06)
    lit *= np.exp(-np.maximum(distance - focus, 0) / 16) * ~surfaces.sky
    exposure = min(1.05, 1.1 / float(np.percentile(lit, 93))) ** 0.28
    return np.ascontiguousarray((lit * exposure)[..., None], np.float32)


def daylight(surfaces: Surfaces, site: Site, actors: Sequence[Actor]) -> Floats:
    """Radiance (h, w, 3) red, green, blue: dappled sun, sky light and a little haze."""
    points = site.camera.points(surfaces.depth)
    leaf = surfaces.plant & (surfaces.owner < 0)
    facing = (surfaces.normal * site.sun).sum(-1)
    facing = np.where(leaf, np.abs(facing) * 0.75 + 0.12, np.clip(facing, 0, 1))
    dapple = _dapple(points, site)
    sun = _shadowed(points, surfaces, site, actors, dapple * facing > 0.05) * dapple * facing
    openness = surfaces.openness
    sky = openness * (0.62 + 0.38 * surfaces.normal[..., 2])
    light = sun[..., None] * SUN + sky[..., None] * SKY + openness[..., None] * GROUND_GLOW
    radiance = surfaces.albedo[..., :3] * light
    distance = surfaces.depth * site.camera.ray_lengths
    haze = (1 - np.exp(-np.maximum(distance - 5, 0) / 120))[..., None]
    radiance = radiance * (1 - haze) + HAZE * haze
    radiance[surfaces.sky & (surfaces.owner < 0) & ~surfaces.plant] = BRIGHT_SKY
    return np.ascontiguousarray(radiance, np.float32)


def _dapple(points: Floats, site: Site) -> Floats:
    """Share of sun that the canopy lets through: its gaps, projected along the light."""
    ground = points - site.sun * (points[..., 2:] / site.sun[2])
    ground[..., 2] = 0
    gaps = np.clip((fractal_noise(ground, 0.55, 4) - 0.43) * 7, 0, 1)
    return np.asarray(gaps * 0.9 + 0.06, np.float32)


def _shadowed(
    points: Floats, surfaces: Surfaces, site: Site, actors: Sequence[Actor], lit: np.ndarray
) -> Floats:
    share = np.ones(points.shape[:2], np.float32)
    for actor in actors:
        beside = np.abs(points[..., :2] - actor.position[:2]).max(-1) < 4.5 * actor.scale
        near = beside & lit
        lifted = points[near] + surfaces.normal[near] * 0.03  # off the skin, or it shades itself
        sun = np.ascontiguousarray(actor.turn.T @ site.sun)
        share[near] *= sun_shadow(actor.to_body(lifted), sun, actor.body.arrays)
    return share


def add_glows(
    radiance: Floats, depth: Floats, site: Site, actors: Sequence[Actor], *, night: bool
) -> None:
    """Add eye-shine and headlamps that look towards the camera."""
    for actor in actors:
        if night and actor.kind in (Kind.ELEPHANT, Kind.DEER):
            for eye in actor.body.eyes:
                _add_eye(radiance, depth, site, actor, eye)
        if actor.body.lamp is not None:
            _add_lamp(radiance, depth, site, actor, actor.body.lamp, night=night)


def _towards_camera(
    depth: Floats, site: Site, actor: Actor, glow: Glow
) -> tuple[float, float, float, float] | None:
    """(column, row, distance in m, cosine) of a glow the camera sees, else None."""
    camera = site.camera
    place = actor.to_world(glow.position)
    right, up, forward = camera.to_camera(place).tolist()
    if forward < 0.5:
        return None
    away = camera.position - place
    cosine = float(actor.turn @ glow.direction @ away / np.linalg.norm(away))
    x = camera.centre_x + camera.focal_px * right / forward
    y = camera.centre_y - camera.focal_px * up / forward
    inside = 0 <= x < camera.width and 0 <= y < camera.height
    if cosine < 0.12 or not inside or depth[int(y), int(x)] < forward - 0.15 * actor.scale:
        return None
    return x, y, forward, cosine


def _squared_px(site: Site, x: float, y: float) -> tuple[Floats, Floats]:
    """Squared distance and height difference of every pixel to a place, in final pixels."""
    camera = site.camera
    rows, columns = np.mgrid[: camera.height, : camera.width].astype(np.float32)
    squared = ((columns - x) ** 2 + (rows - y) ** 2) / camera.supersampling**2
    return squared, np.abs(rows - y) / camera.supersampling


def _add_eye(radiance: Floats, depth: Floats, site: Site, actor: Actor, eye: Glow) -> None:
    seen = _towards_camera(depth, site, actor, eye)
    if seen is None:
        return
    x, y, forward, cosine = seen
    squared, _ = _squared_px(site, x, y)
    size = 0.011 * actor.scale * site.camera.focal_px / site.camera.supersampling / forward
    shine = (5.5 if actor.kind is Kind.DEER else 4.5) * min(1.0, cosine * 1.8)
    radiance += (shine * np.exp(-squared / (2 * max(0.95, size) ** 2)))[..., None]


def _add_lamp(
    radiance: Floats, depth: Floats, site: Site, actor: Actor, lamp: Glow, *, night: bool
) -> None:
    seen = _towards_camera(depth, site, actor, lamp)
    if seen is None:
        return
    x, y, _, cosine = seen
    squared, height = _squared_px(site, x, y)
    core, halo = (60.0, 4.5) if night else (4.0, 0.1)
    light = core * np.exp(-squared / 130) + halo / (1 + squared / 260)
    if night:  # the streak a saturated row leaves
        light += 0.5 * np.exp(-height / 3) / (1 + squared / 9000)
    radiance += (cosine**2 * light)[..., None]
