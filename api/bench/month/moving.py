"""What a camera can tell of where animals go: left, right, towards it or away, or nothing.

Animals are put before the camera, followed for some seconds, and judged by their boxes, as stations
do (`edge_agent/tracking/heading.py`; a test holds both against each other). All figures are
guesses on the cautious side; there is no footage here of which anybody has measured them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from api.bench.month.glimpse import Glimpse
from api.bench.month.walker import STEP, Passage

MOST_FOLLOWED = 3  # of a herd; what the others do is taken to say nothing new
SCATTER_DEG = 35.0  # how far off its herd's course an animal walks
MILLING_M_PER_S = 0.15  # it also steps aside and back, and does little else where a herd feeds
EXCHANGED = 0.07  # of those followed are two that were taken for one: any direction
NEAREST_M, FARTHEST_M = 4.0, 20.0  # from the camera
LONG_M, BROAD_M, TALL_M, CAMERA_M = 4.0, 1.6, 2.4, 1.5
ACROSS, DOWN = 0.96, 1.28  # focal length over the picture's width (55 degrees) and height (4:3)
SWAYS = 0.3  # of bushes that were taken for an elephant seem to go somewhere

SIDES = ("away", "right", "towards", "left")  # as it turns from where the camera looks
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the cameras look (degrees, 0 north, 90 east), and what was entered of it."""

    true: tuple[float, ...]
    entered: tuple[float | None, ...]


def an_aim(cameras: int, entered: float, off_deg: float, reversed_: float, chance: Random) -> Aim:
    """Return where so many cameras look.

    Of a share `entered` the operators read it from a compass, `off_deg` wrong (spread); a share
    `reversed_` of these they read standing before the camera.
    """
    true = tuple(chance.uniform(0, 360) for _ in range(cameras))
    said: list[float | None] = []
    for looks in true:
        known = chance.random() < entered
        turned = 180.0 if chance.random() < reversed_ else 0.0
        off = chance.gauss(0, off_deg)
        said.append((looks + turned + off) % 360 if known else None)
    return Aim(true, tuple(said))


def with_moving(
    glimpses: Sequence[Glimpse],
    passages: Sequence[Passage],
    aim: Aim,
    followed_s: float,
    chance: Random,
) -> list[Glimpse]:
    """Return the glimpses with where animals went in the picture, as far as that was seen.

    Each is followed for so many seconds (mean; crossing a free view takes three times six).
    """
    found = []
    for glimpse in glimpses:
        looks_deg = aim.true[glimpse.camera]
        moving = tuple(_moving(glimpse, passages, looks_deg, followed_s, chance))
        found.append(replace(glimpse, moving=moving))
    return found


def _moving(
    glimpse: Glimpse,
    passages: Sequence[Passage],
    looks_deg: float,
    followed_s: float,
    chance: Random,
) -> Iterator[str]:
    if glimpse.passage is None:
        if chance.random() < SWAYS:
            yield chance.choice(SIDES)
        return
    east, north = _velocity(passages[glimpse.passage], glimpse)
    # As the camera sees it: aside to the right, and away from it.
    turn = math.radians(looks_deg)
    aside = east * math.cos(turn) - north * math.sin(turn)
    away = east * math.sin(turn) + north * math.cos(turn)
    for _ in range(min(glimpse.count, MOST_FOLLOWED)):
        scatter = math.radians(chance.gauss(0, SCATTER_DEG))
        side = _followed(
            aside * math.cos(scatter) - away * math.sin(scatter) + chance.gauss(0, MILLING_M_PER_S),
            aside * math.sin(scatter) + away * math.cos(scatter) + chance.gauss(0, MILLING_M_PER_S),
            followed_s,
            chance,
        )
        if side is not None:
            yield chance.choice(SIDES) if chance.random() < EXCHANGED else side


def _velocity(passage: Passage, glimpse: Glimpse) -> tuple[float, float]:
    number = max(1, round((glimpse.at - passage.steps[0].at) / STEP))
    (east, north), (x, y) = passage.steps[number].spot, passage.steps[number - 1].spot
    return (east - x) / STEP.total_seconds(), (north - y) / STEP.total_seconds()


def _followed(
    aside_m_per_s: float, away_m_per_s: float, followed_s: float, chance: Random
) -> str | None:
    """Return where one animal goes in the picture that walks so fast, from where chance has it."""
    depth = chance.uniform(NEAREST_M, FARTHEST_M)
    aside = chance.uniform(-0.5, 0.5) * depth / ACROSS
    seconds = int(chance.expovariate(1 / followed_s))
    boxes: list[Box] = []
    for second in range(seconds + 1):
        x, z = aside + second * aside_m_per_s, depth + second * away_m_per_s
        if z < NEAREST_M / 2 or abs(x) > 0.5 * z / ACROSS:
            break
        boxes.append(box_of(x, z, aside_m_per_s, away_m_per_s))
    return side_of(boxes)


def box_of(aside_m: float, depth_m: float, aside_m_per_s: float, away_m_per_s: float) -> Box:
    """Return the box of an animal there, as fractions of the frame, cut where the frame ends."""
    speed = math.hypot(aside_m_per_s, away_m_per_s) or 1.0
    width_m = (LONG_M * abs(aside_m_per_s) + BROAD_M * abs(away_m_per_s)) / speed
    middle = 0.5 + ACROSS * aside_m / depth_m
    half = ACROSS * width_m / 2 / depth_m
    top = 0.5 - DOWN * (TALL_M - CAMERA_M) / depth_m
    bottom = 0.5 + DOWN * CAMERA_M / depth_m
    return max(middle - half, 0.0), max(top, 0.0), min(middle + half, 1.0), min(bottom, 1.0)


def side_of(boxes: Sequence[Box]) -> str | None:
    """Return where an animal goes by its boxes, by the stations' rule; None if it hardly moved."""
    if len(boxes) < 3:
        return None
    first, last = boxes[0], boxes[-1]
    aside = (last[0] + last[2]) / 2 - (first[0] + first[2]) / 2
    width = min(first[2] - first[0], last[2] - last[0])
    if abs(aside) >= 0.5 * width and not (last[0] <= 0.01 and last[2] >= 0.99):
        return "right" if aside > 0 else "left"
    if _touches_edge(first) or _touches_edge(last):
        return None
    growth = (last[3] - last[1]) / (first[3] - first[1])
    if growth >= 1.3:
        return "towards"
    return "away" if growth <= 1 / 1.3 else None


def _touches_edge(box: Box) -> bool:
    return min(box[0], box[1]) <= 0.01 or max(box[2], box[3]) >= 0.99
