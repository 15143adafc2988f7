"""The simulated camera: renders camera-trap scenes that are ours to show, with exact boxes.

World: x to the right, y forward (away from the camera), z up; metres. All follows from seeds.
Animals are signed-distance fields that are ray-marched; plants are triangles, rasterised once
per site.
Needs the `train` extra (numba); `command`, `recipe`, `truth` and `yolo` import without it.
"""
