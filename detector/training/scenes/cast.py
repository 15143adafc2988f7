"""Who walks through the scene, and where everybody is at each instant."""

import math
from dataclasses import dataclass, replace

import numpy as np

from detector.training.scenes.actors import Actor
from detector.training.scenes.body import STANCE, Body
from detector.training.scenes.elephant import STRIDE_M, ElephantPose, elephant
from detector.training.scenes.others import (
    DEER_STRIDE_M,
    PERSON_STRIDE_M,
    deer,
    motorbike,
    person,
)
from detector.training.scenes.recipe import Kind, SceneRecipe

STRIDES_M = {
    Kind.ELEPHANT: STRIDE_M / STANCE,
    Kind.DEER: DEER_STRIDE_M / STANCE,
    Kind.PERSON: PERSON_STRIDE_M / STANCE,
    Kind.MOTORBIKE: 1.0,
}
SPEEDS_MPS = {Kind.MOTORBIKE: 1.6, Kind.DEER: 0.55, Kind.PERSON: 0.8}


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: what stays the same about it from frame to frame, and from site to site."""

    kind: Kind
    calf: bool
    pose: ElephantPose
    scale: float
    behind_m: float
    beside_path_m: float
    turn: float
    phase: float


@dataclass(frozen=True, slots=True)
class Cast:
    """A group that walks together; `way` is +1 to the right, -1 to the left."""

    members: tuple[Member, ...]
    way: int
    speed_mps: float
    start_m: float

    @property
    def herd_size(self) -> int:
        """How many elephants there are."""
        return sum(member.kind is Kind.ELEPHANT for member in self.members)


def choose_cast(recipe: SceneRecipe) -> Cast:
    """Draw the cast of a recipe from its cast seed: the same individuals at every site."""
    rng = np.random.default_rng([recipe.cast_seed, recipe.herd])
    way = int(rng.choice([-1, 1]))
    speed = SPEEDS_MPS.get(recipe.kind, rng.uniform(0.55, 0.85))
    count = {Kind.EMPTY: 0, Kind.ELEPHANT: recipe.herd}.get(recipe.kind, 1)
    members, behind = [], 0.0
    for number in range(count):
        member = _choose_member(recipe, number, behind, way, rng)
        members.append(member)
        behind += (1.9 if member.calf else 3.0) * rng.uniform(0.8, 1.05) * 0.8
    walked = speed * recipe.seconds_apart * (recipe.frames - 1)
    start = -way * (walked / 2 - behind * 0.25 + rng.uniform(-0.5, 0.5))
    return Cast(tuple(members), way, speed, start + recipe.shift_m)


def _choose_member(
    recipe: SceneRecipe, number: int, behind_m: float, way: int, rng: np.random.Generator
) -> Member:
    if recipe.kind is not Kind.ELEPHANT:
        turn, phase = rng.uniform(-0.38, 0.38), rng.random()
        return Member(recipe.kind, False, ElephantPose(), 1.0, behind_m, -1.2, turn, phase)
    calf = recipe.herd > 1 and number in (1, 4)  # a calf walks behind its mother
    bull = recipe.herd == 1 and rng.random() < 0.5
    pose = ElephantPose(
        head_pitch=rng.uniform(-0.08, 0.16),
        head_yaw=-way * rng.uniform(-0.15, 0.25),
        ear=rng.uniform(0.2, 0.75),
        curl=rng.uniform(0.1, 0.5),
        tusk=rng.uniform(0.4, 0.9) if bull else 0.0,
        calf=float(calf),
        fat=rng.uniform(-0.05, 0.08),
    )
    return Member(
        kind=recipe.kind,
        calf=calf,
        pose=pose,
        scale=rng.uniform(0.40, 0.50) if calf else rng.uniform(0.88, 1.12),
        behind_m=behind_m,
        beside_path_m=rng.uniform(-0.9, -0.5) if calf else rng.uniform(-0.3, 0.9),
        turn=rng.uniform(-0.38, 0.38),
        phase=rng.random(),
    )


def actors_at(cast: Cast, path_m: float, seconds: float) -> list[Actor]:
    """Everybody's body and place so many seconds after the first frame."""
    walked = cast.speed_mps * seconds
    return [_actor(cast, member, path_m, walked, seconds) for member in cast.members]


def _actor(cast: Cast, member: Member, path_m: float, walked: float, seconds: float) -> Actor:
    ahead = 0.0 if cast.way > 0 else math.pi
    # A motorbike comes half towards the camera, so that its lamp is seen; walkers pass by.
    turned = -1.2 if member.kind is Kind.MOTORBIKE else member.turn
    yaw = ahead + turned * cast.way
    phase = member.phase + walked / member.scale / STRIDES_M[member.kind]
    return Actor(
        kind=member.kind,
        calf=member.calf,
        body=_body(member, phase, seconds),
        x=cast.start_m + cast.way * (walked - member.behind_m),
        y=path_m + member.beside_path_m + math.sin(yaw) * walked * 0.4,
        yaw=yaw,
        scale=member.scale,
        speed_mps=cast.speed_mps,
    )


def _body(member: Member, phase: float, seconds: float) -> Body:
    if member.kind is Kind.DEER:
        return deer(phase)
    if member.kind is Kind.PERSON:
        return person(phase)
    if member.kind is Kind.MOTORBIKE:
        return motorbike()
    moving = replace(
        member.pose,
        phase=phase,
        swing=math.sin(phase * math.tau),
        ear=member.pose.ear + 0.12 * math.sin(1.55 * seconds),
    )
    return elephant(moving)
