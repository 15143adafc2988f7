"""Run every benchmark beside its floor and keep the figures in docs/benchmarks.md: `make bench`.

The three commands measure; this asks them one after another, so that none is in another's way, and
puts their JSON together. The last line is one JSON object.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("benchmarks.md")
# What of the server's figures stands at the top of the object; the detector's and the station's
# are a part each.
SERVER_PARTS = ("ingest", "alert_latency_ms", "geofence_ms", "push", "memory_mb")
MODEL_NAME = "model name"

Figures = Mapping[str, Any]


def main() -> int:
    """Measure, write the page, print the object. 1 if a bench failed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="where a bench can be shorter")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the table is kept")
    asked = parser.parse_args()
    where = machine()
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        measured = {
            part: measure(f"trunkline-{part}", Path(folder) / f"{part}.json", quick=asked.quick)
            for part in ("detector", "station", "server")
        }
    figures = merged(measured["detector"], measured["station"], measured["server"])
    asked.page.write_text(page(figures, where, datetime.now(UTC)), encoding="utf-8")
    say(f"written to {asked.page}")
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if any("failed" in part for part in measured.values()) else 0


def measure(command: str, file: Path, *, quick: bool) -> Figures:
    """Return what a command's bench says; a note if it has none, or why it failed."""
    program = str(Path(sys.executable).with_name(command))
    if "bench" not in _help(program):
        return {"note": f"{command} has no bench"}
    short = ["--quick"] if quick and "--quick" in _help(program, "bench") else []
    say(f"{command} bench {' '.join(short)}")
    done = _run([program, "bench", "--json", str(file), *short], stderr=None)
    if done.returncode != 0 or not file.exists():
        return {"failed": f"{command} bench ended with status {done.returncode}"}
    said: Figures = json.loads(file.read_text(encoding="utf-8"))
    return said


def merged(detector: Figures, station: Figures, server: Figures) -> dict[str, Any]:
    """Put the parts together under their stable names; what is not measured is null."""
    parts: dict[str, Any] = {"detector": dict(detector), "station": dict(station)}
    parts |= {name: server.get(name) for name in SERVER_PARTS}
    rest = {name: value for name, value in server.items() if name not in SERVER_PARTS}
    return parts | ({"server": rest} if rest else {})


def page(figures: Figures, machine_: str, at: datetime) -> str:
    """Return the page: where and when, then one table a part."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`, never by hand; run it on your own machine. Each figure stands",
        "beside its floor, measured in the same run: the same work done as barely as it can be.",
        "",
        f"- Machine: {machine_}",
        f"- Date: {at:%Y-%m-%d %H:%M} UTC",
        f"- Trunkline {version('trunkline')}, Python {platform.python_version()}",
    ]
    for part, value in figures.items():
        lines += ["", f"## {part}", ""]
        if value is None:
            lines.append("Not measured yet.")
            continue
        lines += ["| figure | value |", "| --- | ---: |"]
        lines += [f"| {name} | {_spelt(leaf)} |" for name, leaf in leaves(value, part)]
    return "\n".join(lines) + "\n"


def leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield every figure of nested ones with its way there, in their order."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, key if not name or name in _TOP else f"{name} · {key}")
    elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        for number, below in enumerate(value, 1):
            yield from leaves(below, f"{name} {number}")
    else:
        yield name, value


_TOP = frozenset({"detector", "station", "server", *SERVER_PARTS})


def machine() -> str:
    """Say what this machine is, and how busy with other things: that belongs to the figures."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    what = f"{_processor()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()}"
    return f"{what}; load {os.getloadavg()[2]:.1f} before it began"


def say(line: str) -> None:
    """Tell what is being done; standard output is for the figures."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _help(program: str, *command: str) -> str:
    return _run([program, *command, "--help"], stderr=subprocess.DEVNULL).stdout


def _run(command: list[str], *, stderr: int | None) -> subprocess.CompletedProcess[str]:
    # Our own commands beside this Python, never anything from outside.
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=stderr, text=True)  # noqa: S603


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(MODEL_NAME))
    return next(names, platform.machine())


def _spelt(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, list):
        return ", ".join(map(_spelt, value))
    return str(value).replace("|", "/")


if __name__ == "__main__":
    sys.exit(main())
