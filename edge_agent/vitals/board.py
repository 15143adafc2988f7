"""Reads a Linux board's own files: power supplies, heat, radio. Each platform has some of them.

What cannot be read is absent, never wrong: a battery that says nothing is not an empty one.
"""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from edge_agent.contracts.vitals import Vitals

_MICRO = 1e-6
_MILLI = 1e-3
_COLDEST_C, _HOTTEST_C = -40.0, 130.0  # beyond, a sensor is not connected


@dataclass(frozen=True, slots=True)
class Supply:
    """One entry of `/sys/class/power_supply`."""

    kind: str
    percent: float | None
    volts: float | None
    watts: float | None
    is_charging: bool | None


def read_vitals(root: Path = Path("/")) -> Vitals:
    """Return what the board under `root` tells; another root than `/` is for tests.

    Memory and age are those of this process, wherever it runs.
    """
    supplies = list(_supplies(root / "sys/class/power_supply"))
    battery = next((supply for supply in supplies if supply.kind == "Battery"), None)
    # Solar chargers register as mains: to the board it is simply where the power comes from.
    solar = [s.watts for s in supplies if s.kind in ("Mains", "USB") and s.watts is not None]
    process = psutil.Process()
    return Vitals(
        battery_percent=battery.percent if battery else None,
        battery_volts=battery.volts if battery else None,
        is_charging=battery.is_charging if battery else None,
        solar_watts=sum(solar) if solar else None,
        temperature_c=_temperature_c(root / "sys/class"),
        signal_dbm=_signal_dbm(root / "proc/net/wireless"),
        memory_mb=process.memory_info().rss / 1e6,
        up_s=max(0.0, time.time() - process.create_time()),
    )


def _supplies(folder: Path) -> Iterator[Supply]:
    for entry in _entries(folder):
        percent = _number(entry / "capacity")
        volts, amperes = _number(entry / "voltage_now"), _number(entry / "current_now")
        power = _number(entry / "power_now")
        if power is not None:
            watts: float | None = abs(power) * _MICRO
        elif volts is not None and amperes is not None:
            watts = abs(volts * _MICRO * amperes * _MICRO)
        else:
            watts = None
        status = _text(entry / "status")
        yield Supply(
            kind=_text(entry / "type") or "",
            percent=percent if percent is not None and 0 <= percent <= 100 else None,
            volts=volts * _MICRO if volts is not None and volts > 0 else None,
            watts=watts,
            is_charging={"Charging": True, "Full": True, "Discharging": False}.get(status or ""),
        )


def _temperature_c(classes: Path) -> float | None:
    """The hottest sensor: that is the one that stops the board."""
    zones = [entry / "temp" for entry in _entries(classes / "thermal")]
    chips = [file for entry in _entries(classes / "hwmon") for file in entry.glob("temp*_input")]
    told = [_number(file) for file in (*zones, *chips)]
    degrees = [value * _MILLI for value in told if value is not None]
    sound = [value for value in degrees if _COLDEST_C < value < _HOTTEST_C]
    return max(sound) if sound else None


def _signal_dbm(table: Path) -> float | None:
    """The best radio's level; the first two lines of the table are its head."""
    levels = []
    for line in (_text(table) or "").splitlines()[2:]:
        columns = line.split()
        try:
            level = float(columns[3])
        except (IndexError, ValueError):
            continue
        # Old drivers write the level as a byte.
        levels.append(level - 256 if level > 63 else level)
    return max(levels) if levels else None


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder))]  # noqa: PTH208 (no race)
    except OSError:
        return []


def _number(file: Path) -> float | None:
    try:
        value = float(_text(file) or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
