"""What to render: one recipe per sequence, drawn from a seed or read from a file."""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Kind(StrEnum):
    """What walks through the scene."""

    ELEPHANT = "elephant"
    EMPTY = "empty"
    DEER = "deer"
    PERSON = "person"
    MOTORBIKE = "motorbike"


class SceneLighting(StrEnum):
    """The two lightings that can be rendered; the words are those of `detector.Lighting`."""

    DAY = "day"
    NIGHT_IR = "night_ir"


class UnreadableRecipeError(ValueError):
    """The recipe file is missing, is no TOML, or describes no scenes."""


class SceneRecipe(BaseModel):
    """One sequence. The same `cast_seed` at another `site_seed` is the same herd somewhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Kind
    lighting: SceneLighting
    site_seed: int = Field(ge=0)
    cast_seed: int = Field(ge=0)
    frames: int = Field(default=8, ge=1, le=200)
    seconds_apart: float = Field(default=1.1, gt=0)
    herd: int = Field(default=1, ge=1, le=8)
    cover: float = Field(default=0.0, ge=0, le=1.6)
    """How much vegetation stands between the camera and the path: 0 none, 1 a lot."""
    path_m: float | None = Field(default=None, ge=3, le=40)
    """Distance of the path; the site's seed decides (6.8 to 9 m) where it is not given."""
    shift_m: float = Field(default=0.0, ge=-20, le=20)
    """Moves the whole walk to the right, so that animals are cut by the frame."""

    @property
    def night(self) -> bool:
        """Whether the infrared flash lights the scene instead of the sun."""
        return self.lighting is SceneLighting.NIGHT_IR


MIX: Mapping[Kind, float] = {
    Kind.ELEPHANT: 0.60,
    Kind.EMPTY: 0.12,
    Kind.DEER: 0.10,
    Kind.PERSON: 0.10,
    Kind.MOTORBIKE: 0.08,
}


def read_recipes(path: Path) -> list[SceneRecipe]:
    """Read the `[[scene]]` tables of a TOML file.

    Raises:
        UnreadableRecipeError: names the file and what is wrong with it.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("scene", [])
        recipes = TypeAdapter(list[SceneRecipe]).validate_python(tables)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableRecipeError(f"cannot read {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableRecipeError(f"{path}, scene {where}: {first['msg']}") from error
    ids = [recipe.id for recipe in recipes]
    if not ids:
        raise UnreadableRecipeError(f"{path} has no [[scene]] table")
    if len(set(ids)) < len(ids):
        raise UnreadableRecipeError(f"{path} gives two scenes the same id")
    return recipes


def draw_recipes(
    seed: int, sequences: int, *, frames: int, night_share: float, kind: Kind | None = None
) -> Iterator[SceneRecipe]:
    """Invent varied sequences for training: `kind` None means the usual mix of everything."""
    rng = np.random.default_rng(seed)
    kinds = list(MIX)
    for number in range(sequences):
        chosen = kind or kinds[int(rng.choice(len(kinds), p=list(MIX.values())))]
        night = bool(rng.random() < night_share)
        yield SceneRecipe(
            id=f"{chosen}-{'night' if night else 'day'}-{seed}-{number:04d}",
            kind=chosen,
            lighting=SceneLighting.NIGHT_IR if night else SceneLighting.DAY,
            site_seed=int(rng.integers(2**31)),
            cast_seed=int(rng.integers(2**31)),
            frames=frames,
            seconds_apart=round(float(rng.uniform(0.7, 2.0)), 2),
            herd=int(rng.choice([1, 1, 1, 2, 3, 4])) if chosen is Kind.ELEPHANT else 1,
            cover=round(float(rng.choice([0.0, rng.uniform(0.1, 1.5)])), 2),
            path_m=_draw_path_m(rng),
            shift_m=round(float(rng.choice([0.0, rng.uniform(-5, 5)])), 2),
        )


def _draw_path_m(rng: np.random.Generator) -> float:
    """Mostly a trail in front of the camera, at times far away: small animals need practice too."""
    near = rng.random() < 0.65
    return round(float(rng.uniform(5, 10) if near else rng.uniform(10, 34)), 2)
