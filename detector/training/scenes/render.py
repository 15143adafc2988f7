"""Rendering one recipe: a site, a cast that walks through it, pictures with their truth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.strip import bare_strip
from detector.training.scenes.actors import Actor, Silhouette, draw
from detector.training.scenes.arrays import Pixels
from detector.training.scenes.camera import CameraView, FrameSize
from detector.training.scenes.cast import actors_at, choose_cast
from detector.training.scenes.light import add_glows, daylight, infrared_flash, settle
from detector.training.scenes.optics import develop
from detector.training.scenes.recipe import SceneRecipe
from detector.training.scenes.site import Site, Surfaces, build_site
from detector.training.scenes.truth import AnimalTruth, Box


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame, BGR (H, W, 3) with a bare strip, `seconds` after the first of its sequence."""

    pixels: Pixels
    seconds: float
    animals: tuple[AnimalTruth, ...]


def render(
    recipe: SceneRecipe, *, size: FrameSize | None = None, supersampling: float = 1.5
) -> Iterator[Picture]:
    """Render a sequence frame by frame. The same recipe and size give the same pictures."""
    site = build_site(
        recipe.site_seed,
        cover=recipe.cover,
        path_m=recipe.path_m,
        size=size,
        supersampling=supersampling,
    )
    cast = choose_cast(recipe)
    rng = np.random.default_rng([recipe.site_seed, recipe.cast_seed, 5])
    for number in range(recipe.frames):
        seconds = round(number * recipe.seconds_apart, 3)
        actors = actors_at(cast, site.path_m, seconds)
        pixels, animals = photograph(site, actors, night=recipe.night, rng=rng)
        yield Picture(pixels, seconds, animals)


def photograph(
    site: Site, actors: list[Actor], *, night: bool, rng: np.random.Generator
) -> tuple[Pixels, tuple[AnimalTruth, ...]]:
    """Take one picture of the site with these actors in it."""
    surfaces = site.surfaces.copy()
    outlines = [draw(surfaces, site.camera, actor, n) for n, actor in enumerate(actors)]
    settle(surfaces, site, actors)
    radiance = infrared_flash(surfaces, site, rng) if night else daylight(surfaces, site, actors)
    add_glows(radiance, surfaces.depth, site, actors, night=night)
    picture = develop(radiance, surfaces, site, actors, night=night, rng=rng)
    size = site.camera.size
    framed = np.vstack([picture, bare_strip(size.width_px, size.height_px)])
    seen = [
        _truth_of(site.camera, surfaces, actor, number, outline)
        for number, (actor, outline) in enumerate(zip(actors, outlines, strict=True))
        if outline is not None
    ]
    return framed, tuple(animal for animal in seen if animal is not None)


def _truth_of(
    camera: CameraView, surfaces: Surfaces, actor: Actor, number: int, whole: Silhouette
) -> AnimalTruth | None:
    """What the finished picture shows of one actor; None if not a single pixel."""
    rows, columns = np.nonzero(surfaces.owner == number)
    if len(rows) == 0:
        return None
    corners = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return AnimalTruth(
        kind=actor.kind,
        calf=actor.calf,
        box=_fractions(camera, *map(int, corners)),
        whole_box=_fractions(camera, whole.left, whole.top, whole.right, whole.bottom),
        visible_fraction=round(min(1.0, max(len(rows) / whole.area, 1e-4)), 4),
    )


def _fractions(camera: CameraView, left: int, top: int, right: int, bottom: int) -> Box:
    """Supersampled pixels as fractions of the whole frame, strip included."""
    wide = camera.width
    high = camera.height * camera.size.height_px / camera.size.picture_px
    edges = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    x, y, w, h = (round(float(edge), 5) for edge in edges)
    return x, y, w, h
