"""Recognises day, infrared night and thermal from the picture itself.

No clock is asked: cameras lose theirs, and an infrared flash works at noon under a dark canopy.
Both limits were fitted on 1,594 labelled pictures and checked on 257 others (rows: what it was):

    fitted    day night thermal      checked   day night thermal
    day       741    57       1      day       115     2       0
    night_ir   50   433       3      night_ir   16    74       0
    thermal     0    13     296      thermal     0     8      42

The rule sees what the sensor saw, not the hour: a colour flash at night looks like day (most of
the 50 and 16), a greyscale picture taken by day looks like infrared (the 57), and so does a sharp
thermal camera (the 13 and 8). Coloured thermal palettes look like day.
"""

import cv2
import numpy as np

from detector.detection import Lighting
from detector.pictures import Pixels

COLOUR_SIZE_PX = (160, 120)
GREY_BELOW_SPREAD = 8.0
DETAIL_WIDTH_PX = 640
SOFT_BELOW_DETAIL = 0.86
EVENED_CLIP_LIMIT = 2.0
EVENED_TILES = (8, 8)


def lighting_of(pixels: Pixels) -> Lighting:
    """Say how a height x width x 3 picture was lit."""
    if colour_spread(pixels) >= GREY_BELOW_SPREAD:
        return Lighting.DAY
    if fine_detail(pixels) < SOFT_BELOW_DETAIL:
        return Lighting.THERMAL
    return Lighting.NIGHT_IR


def colour_spread(pixels: Pixels) -> float:
    """Mean distance between a pixel's strongest and weakest channel, 0 to 255.

    Infrared is grey save for a maker's coloured logo in the info strip, which a mean forgives.
    """
    small = cv2.resize(pixels, COLOUR_SIZE_PX, interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(small)
    strongest, weakest = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return float(cv2.mean(cv2.subtract(strongest, weakest))[0])


def fine_detail(pixels: Pixels) -> float:
    """Mean contrast within one or two pixels at a common width of 640 px, 0 to 255.

    Thermal sensors have 160 to 320 columns: enlarged to that width they are soft everywhere,
    where an infrared flash lights every twig.
    """
    height, width = pixels.shape[:2]
    # Bounded, or a picture two pixels wide would grow to gigabytes.
    detail_height_px = min(round(DETAIL_WIDTH_PX * height / width), 4 * DETAIL_WIDTH_PX)
    size_px = (DETAIL_WIDTH_PX, max(1, detail_height_px))
    how = cv2.INTER_AREA if width > DETAIL_WIDTH_PX else cv2.INTER_LINEAR
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), size_px, interpolation=how)
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    return float(cv2.mean(cv2.absdiff(grey, soft))[0])


def even_out_contrast(pixels: Pixels) -> Pixels:
    """Lift what a flash left in the dark, tile by tile, without burning out what it reached."""
    lightness, *colours = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB))
    evened = cv2.createCLAHE(EVENED_CLIP_LIMIT, EVENED_TILES).apply(lightness)
    return np.asarray(cv2.cvtColor(cv2.merge([evened, *colours]), cv2.COLOR_LAB2BGR), np.uint8)
