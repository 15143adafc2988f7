"""What sightings say together: by hour, moon, season and week. Pure."""

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

A_MONDAY = date(1970, 1, 5)  # weeks are counted from here
BUCKET_S = 1800  # some zones are half an hour off
_MOON_BUCKETS = 12  # in six hours the lit share changes by three hundredths at most
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_CENTURY_DAYS = 36_525.0


class Moon(StrEnum):
    """How much of the moon is lit: under a quarter, over three quarters, or between."""

    DARK = "dark"
    HALF = "half"
    BRIGHT = "bright"


class Season(StrEnum):
    """Three months each: what they mean (dry, wet) is the place's own."""

    DEC_FEB = "dec_feb"
    MAR_MAY = "mar_may"
    JUN_AUG = "jun_aug"
    SEP_NOV = "sep_nov"


SEASONS = (Season.DEC_FEB, Season.MAR_MAY, Season.JUN_AUG, Season.SEP_NOV)


def moon_lit(moment: datetime) -> float:
    """Return the lit share of the moon's disc, 0 to 1, good to a hundredth.

    The low-precision series of Meeus, Astronomical Algorithms, chapter 48. Whether the moon was
    above the horizon, or behind clouds, is another matter.
    """
    centuries = (moment - _J2000) / timedelta(days=_CENTURY_DAYS)
    elongation = math.radians(297.8501921 + 445_267.1114034 * centuries)
    sun = math.radians(357.5291092 + 35_999.0502909 * centuries)
    moon = math.radians(134.9633964 + 477_198.8675055 * centuries)
    angle = (
        180
        - math.degrees(elongation)
        - 6.289 * math.sin(moon)
        + 2.100 * math.sin(sun)
        - 1.274 * math.sin(2 * elongation - moon)
        - 0.658 * math.sin(2 * elongation)
        - 0.214 * math.sin(2 * moon)
        - 0.110 * math.sin(elongation)
    )
    return (1 + math.cos(math.radians(angle))) / 2


def moon_at(moment: datetime) -> Moon:
    """Return how bright the moon's phase was."""
    lit = moon_lit(moment)
    if lit < 0.25:
        return Moon.DARK
    return Moon.BRIGHT if lit > 0.75 else Moon.HALF


def season_of(day: date) -> Season:
    """Return the three months a day lies in."""
    return SEASONS[day.month % 12 // 3]


def activity(
    buckets: Iterable[tuple[int, int]], zone: tzinfo
) -> tuple[list[int], dict[Moon, list[int]], dict[Season, list[int]]]:
    """Return the events of each hour of the day: all, by moon, by season.

    `buckets` are half hours since 1970 in UTC, with how many events began in each.
    """
    hours = [0] * 24
    by_moon = {moon: [0] * 24 for moon in Moon}
    by_season = {season: [0] * 24 for season in Season}
    for bucket, events in buckets:
        moment = datetime.fromtimestamp(bucket * BUCKET_S, UTC)
        local = moment.astimezone(zone)
        hours[local.hour] += events
        by_moon[_moon_around(bucket // _MOON_BUCKETS)][local.hour] += events
        by_season[season_of(local.date())][local.hour] += events
    return hours, by_moon, by_season


@lru_cache(maxsize=4096)  # ten thousand events share the moons of a year
def _moon_around(hours: int) -> Moon:
    return moon_at(datetime.fromtimestamp((hours + 0.5) * _MOON_BUCKETS * BUCKET_S, UTC))


def history(
    seen: Mapping[str, Collection[int]],
    active: Mapping[str, tuple[date, date]],
    first: date,
    occasions: int,
    days: int,
) -> dict[str, list[int | None]]:
    """Return of each camera whether elephants were seen on each occasion of so many days.

    `seen` are the numbers of the occasions on which they were, from 0. 1 seen, 0 not seen, None
    where the camera was not there for the whole occasion: an occupancy model must not take that
    for an absence.
    """
    whole = [
        (start, start + timedelta(days - 1))
        for start in (first + timedelta(days * number) for number in range(occasions))
    ]
    return {
        camera: [
            1
            if number in seen.get(camera, ())
            else (0 if since <= start and end <= until else None)
            for number, (start, end) in enumerate(whole)
        ]
        for camera, (since, until) in active.items()
    }
