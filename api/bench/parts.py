"""The parts of the server's bench, each with a database of its own in a temporary folder."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import typer

from api import migrations
from api.bench.brokers import has_parts, private_database, with_embedded, with_mosquitto
from api.bench.fan_out import measure_fan_out
from api.bench.ingest import SEED, measure
from api.bench.matching import measure_matching, measure_nearby
from api.bench.reaching import measure_hand_over, measure_latency
from api.bench.through import measure_through
from api.bench.valley import Size
from api.bench.week import measure_week
from api.bench.week_life import WeekSize
from api.command_line import done
from api.database import Database
from api.errors import SetUpError

MANY_GEOFENCES, MANY_CELLS, MANY_PHONES = 10_000, 100_000, 10_000
PLACES = 200
ALERTS = 100  # at ten a second
SMALL_WEEK = WeekSize(stations=50, phones=500, geofences=50, herds_a_day=1, healths_a_day=1)

Result = TypeVar("Result")
Figures = dict[str, Any]


def ingest(url: str, folder: Path, size: Size) -> Figures:
    """Measure what sightings cost without a broker."""
    return asdict(done(lambda: _with(url, lambda one: measure(one, folder / "media", size))))


def through(folder: Path, size: Size) -> Figures:
    """Measure both ways in which a server is run; a way that is not installed is None."""
    url = _fresh(folder, "through")
    embedded = done(
        lambda: with_embedded(url, lambda one, at: measure_through(one, at, folder, size))
    )
    figures: Figures = {"sqlite_embedded": asdict(embedded), "postgres_mosquitto": None}
    if has_parts():
        with private_database() as database_url:
            scaled = done(
                lambda: with_mosquitto(
                    database_url,
                    folder / "mosquitto",
                    lambda one, at: measure_through(one, at, folder, size),
                )
            )
        figures["postgres_mosquitto"] = asdict(scaled)
    return figures


def latency(folder: Path) -> Figures:
    """Measure from the broker to the push, both ways in which a server is run."""
    url = _fresh(folder, "latency")
    embedded = done(
        lambda: with_embedded(url, lambda one, at: measure_latency(one, at, folder, ALERTS))
    )
    figures: Figures = {"sqlite_embedded": asdict(embedded), "postgres_mosquitto": None}
    if has_parts():
        with private_database() as database_url:
            scaled = done(
                lambda: with_mosquitto(
                    database_url,
                    folder / "mosquitto-latency",
                    lambda one, at: measure_latency(one, at, folder, ALERTS),
                )
            )
        figures["postgres_mosquitto"] = asdict(scaled)
    return figures


def matching(folder: Path, *, is_quick: bool) -> Figures:
    """Measure how long finding whom a herd concerns takes."""
    figures: Figures = asdict(measure_matching(MANY_GEOFENCES, random.Random(SEED)))
    cells = MANY_CELLS // 20 if is_quick else MANY_CELLS
    url = _fresh(folder, "nearby")
    nearby = done(lambda: _with(url, lambda one: measure_nearby(one, cells, PLACES)))
    return figures | {"phone_cells": asdict(nearby)}


def push(folder: Path, *, is_quick: bool) -> Figures:
    """Measure how fast pushes are made, and how fast one alert is handed over to very many."""
    figures: Figures = asdict(measure_fan_out())
    phones = MANY_PHONES // 50 if is_quick else MANY_PHONES
    url = _fresh(folder, "hand-over")
    hand_over = done(lambda: _with(url, lambda one: measure_hand_over(one, folder, phones)))
    return figures | {"hand_over": asdict(hand_over)}


def memory(folder: Path, *, is_quick: bool) -> Figures | None:
    """Measure what a server holds in memory over a simulated week; None, and why, if it fails."""
    week = folder / "week"
    week.mkdir()
    try:
        return measure_week(week, SMALL_WEEK if is_quick else WeekSize())
    except SetUpError as error:
        typer.echo(f"no memory figure: {error}", err=True)
        return None


def _fresh(folder: Path, name: str) -> str:
    url = f"sqlite+aiosqlite:///{folder}/{name}.db"
    migrations.upgrade(url)
    return url


async def _with(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    database = Database(url)
    try:
        return await work(database)
    finally:
        await database.close()
