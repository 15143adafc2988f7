"""Everything else that walks or rides past a camera: deer, people, motorbikes."""

import math

import numpy as np

from detector.training.scenes.arrays import Doubles, vector
from detector.training.scenes.body import Body, BodyBuilder, knee, step
from detector.training.scenes.materials import Material

DEER_STRIDE_M = 0.35
PERSON_STRIDE_M = 0.55
DEER_LEGS = (  # x, y, phase, knee bend
    (0.38, 0.11, 0.5, -0.6),
    (0.38, -0.11, 0.0, -0.6),
    (-0.46, 0.11, 0.0, -1.0),
    (-0.46, -0.11, 0.5, -1.0),
)


def deer(phase: float) -> Body:
    """A spotted stag, 1.5 m at the head."""
    b = BodyBuilder(Material.FUR)
    b.ellipsoid((0, 0, 0.95), (0.55, 0.19, 0.22), blend=0.12)
    b.ellipsoid((0.38, 0, 0.95), (0.25, 0.17, 0.25), blend=0.12)
    b.ellipsoid((-0.42, 0, 0.96), (0.24, 0.18, 0.22), blend=0.12)
    b.close_group()
    _deer_head(b)
    for x, y, offset, bend in DEER_LEGS:
        forward, up = step(phase + offset, DEER_STRIDE_M, 0.14)
        hip, foot = np.array([x, y, 0.88]), np.array([x + forward, y, 0.03 + up])
        joint = knee(hip, foot, 0.44, 0.46, bend)
        b.chain([hip, joint, foot], [0.11 if x > 0 else 0.13, 0.04, 0.028], blend=0.05)
        b.close_group()
    b.capsule((-0.64, 0, 1.02), (-0.72, 0, 0.86), (0.05, 0.03), blend=0.03)
    b.close_group()
    return b.build()


def _deer_head(b: BodyBuilder) -> None:
    b.chain([(0.5, 0, 1.02), (0.72, 0, 1.28), (0.80, 0, 1.42)], [0.16, 0.10, 0.09], blend=0.08)
    b.ellipsoid((0.88, 0, 1.44), (0.17, 0.075, 0.09), blend=0.06, turn=(0, 0.3, 0))
    b.capsule((0.92, 0, 1.41), (1.06, 0, 1.35), (0.06, 0.04), blend=0.04)
    for y in (-1, 1):
        b.ellipsoid((0.76, 0.12 * y, 1.54), (0.03, 0.09, 0.05), blend=0.02, turn=(0, 0, 0.4 * y))
        b.eye((0.94, 0.085 * y, 1.47), (0.6, 0.8 * y, 0))
        beam = [(0.80, 0.05 * y, 1.5), (0.74, 0.18 * y, 1.72), (0.84, 0.26 * y, 1.95)]
        b.chain(beam, [0.022, 0.018, 0.01], blend=0.01, material=Material.NAIL)
        tine = ((0.76, 0.14 * y, 1.66), (0.92, 0.15 * y, 1.80))
        b.capsule(*tine, (0.016, 0.008), blend=0.01, material=Material.NAIL)
    b.close_group()


def person(phase: float) -> Body:
    """Somebody on foot, 1.75 m tall, with a bag on the back."""
    b = BodyBuilder(Material.SHIRT)
    _upper_body(b, 0.0)
    b.ellipsoid((-0.21, 0, 1.24), (0.12, 0.15, 0.21), blend=0.03, material=Material.TROUSERS)
    b.close_group()
    for y, offset in ((0.1, 0.0), (-0.1, 0.5)):
        forward, up = step(phase + offset, PERSON_STRIDE_M, 0.1)
        hip, foot = np.array([0, y, 0.94]), np.array([forward, y, 0.07 + up])
        _limb(b, [hip, knee(hip, foot, 0.44, 0.45, 1.0), foot])
        swing = math.sin((phase + offset) * math.tau) * 0.25
        shoulder = np.array([0, y * 2.1, 1.44])
        hand = shoulder + vector(0.1 - swing, 0.02, -0.55)
        _arm(b, [shoulder, shoulder + vector(-swing * 0.5 - 0.02, y * 0.3, -0.30), hand])
    return b.build()


def _upper_body(b: BodyBuilder, lift_m: float) -> None:
    z = lift_m
    b.ellipsoid((0, 0, 1.28 + z), (0.125, 0.195, 0.26), blend=0.08)
    b.capsule((-0.01, -0.15, 1.44 + z), (-0.01, 0.15, 1.44 + z), (0.075, 0.075), blend=0.08)
    b.ellipsoid((0, 0, 1.02 + z), (0.12, 0.165, 0.16), blend=0.06, material=Material.TROUSERS)
    neck = ((0, 0, 1.46 + z), (0.02, 0, 1.57 + z))
    b.capsule(*neck, (0.055, 0.055), blend=0.04, material=Material.FACE)
    b.ellipsoid((0.03, 0, 1.655 + z), (0.095, 0.075, 0.12), blend=0.03, material=Material.FACE)
    b.ellipsoid((0.005, 0, 1.70 + z), (0.10, 0.085, 0.095), blend=0.01, material=Material.HAIR)
    b.close_group()


def _limb(b: BodyBuilder, joints: list[Doubles]) -> None:
    foot = joints[2]
    b.chain(joints, [0.10, 0.07, 0.05], blend=0.04, material=Material.TROUSERS)
    b.capsule(
        foot, foot + vector(0.15, 0, -0.02), (0.05, 0.04), blend=0.02, material=Material.RUBBER
    )
    b.close_group()


def _arm(b: BodyBuilder, joints: list[Doubles]) -> None:
    b.chain(joints[:2], [0.068, 0.052], blend=0.03)
    b.chain(joints[1:], [0.048, 0.038], blend=0.02, material=Material.FACE)
    b.close_group()


def motorbike() -> Body:
    """A rider on a small motorbike, lamp on."""
    b = BodyBuilder(Material.SHIRT)
    _upper_body(b, -0.12)
    for y in (0.1, -0.1):
        hip = np.array([0, y, 0.80])
        _limb(b, [hip, np.array([0.42, y * 1.6, 0.75]), np.array([0.15, y * 1.6, 0.42])])
        shoulder = np.array([0, y * 2.1, 1.30])
        _arm(b, [shoulder, shoulder + vector(0.3, 0, -0.2), shoulder + vector(0.62, 0, -0.22)])
    _machine(b)
    b.lamp((0.73, 0, 0.92), (1, 0, 0))
    return b.build()


def _machine(b: BodyBuilder) -> None:
    for x in (-0.62, 0.72):
        angles = np.linspace(0, math.tau, 13)
        rim = [(x + 0.30 * math.cos(a), 0, 0.33 + 0.30 * math.sin(a)) for a in angles]
        b.chain(rim, [0.05] * 13, blend=0.01, material=Material.RUBBER)
    frame = [(-0.62, 0, 0.33), (-0.1, 0, 0.45), (0.45, 0, 0.85), (0.72, 0, 0.33)]
    b.chain(frame, [0.05, 0.12, 0.06, 0.04], blend=0.05, material=Material.METAL)
    b.ellipsoid((0.15, 0, 0.80), (0.30, 0.14, 0.13), blend=0.05, material=Material.METAL)
    b.ellipsoid((-0.35, 0, 0.80), (0.35, 0.13, 0.07), blend=0.05, material=Material.RUBBER)
    bar = ((0.48, -0.3, 1.05), (0.48, 0.3, 1.05))
    b.capsule(*bar, (0.025, 0.025), blend=0.02, material=Material.RUBBER)
    b.ellipsoid((0.62, 0, 0.92), (0.09, 0.09, 0.09), blend=0.02, material=Material.TUSK)
    b.close_group()
