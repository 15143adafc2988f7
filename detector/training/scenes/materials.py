"""What surfaces are made of: how much red, green, blue and infrared light they return."""

from enum import IntEnum

import numpy as np

from detector.training.scenes.arrays import Floats


class Material(IntEnum):
    """Numbers that primitives carry into the compiled code."""

    SKIN = 0
    EYE = 1
    TUSK = 2
    NAIL = 3
    FUR = 4
    SHIRT = 5
    METAL = 6
    RUBBER = 7
    EAR = 8
    FACE = 9
    TROUSERS = 10
    HAIR = 11


REFLECTANCE: Floats = np.array(
    [  # red, green, blue, infrared
        [0.165, 0.150, 0.135, 0.18],
        [0.020, 0.020, 0.020, 0.05],
        [0.750, 0.700, 0.580, 0.70],
        [0.360, 0.330, 0.280, 0.40],
        [0.210, 0.135, 0.080, 0.20],
        [0.120, 0.140, 0.190, 0.34],
        [0.220, 0.040, 0.030, 0.14],
        [0.030, 0.030, 0.030, 0.06],
        [0.200, 0.165, 0.145, 0.22],
        [0.300, 0.190, 0.130, 0.42],
        [0.070, 0.065, 0.060, 0.15],
        [0.025, 0.020, 0.018, 0.07],
    ],
    np.float32,
)
MOTTLED = (Material.SKIN, Material.EAR, Material.FUR, Material.SHIRT, Material.TROUSERS)
