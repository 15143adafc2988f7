"""The bench's figures as lines for people, each beside what is asked of it."""

from collections.abc import Iterator, Mapping
from typing import Any

Figures = Mapping[str, Any]
WAYS = {"sqlite_embedded": "SQLite, embedded", "postgres_mosquitto": "PostgreSQL, Mosquitto"}
_ASKED_PER_S = {"sqlite_embedded": 2_000, "postgres_mosquitto": 4_000}


def table(figures: Figures) -> Iterator[str]:
    """Yield a line for each figure that was measured."""
    yield from _ingest(figures["ingest"])
    for way, each in (figures.get("alert_latency_ms") or {}).items():
        if each is not None:
            yield (
                f"broker to push         p50 {each['p50']:.0f} ms (asked: 50)  p99"
                f" {each['p99']:.0f} ms (250), {WAYS[way]}, {each['per_s']} sightings/s"
            )
    near = figures["geofence_ms"]
    cells = near["phone_cells"]
    yield (
        f"{near['geofences']:,} geofences       p50 {near['p50']:.2f} ms  p99 {near['p99']:.2f} ms"
    )
    yield (
        f"{cells['cells']:,} phone cells    p50 {cells['p50']:.2f} ms  p99 {cells['p99']:.2f} ms"
        f"  {cells['found']:.0f} people found (asked, both together: 2 ms)"
    )
    push = figures["push"]
    yield (
        f"pushes                 {push['per_cpu_s']} per CPU second, {push['of_floor']:.2f} of the"
        f" floor's {push['floor_per_cpu_s']} (asked: 0.6); {push['first_of_floor']:.2f} for phones"
        " never rung before"
    )
    crowd = push["hand_over"]
    yield (
        f"one alert              to {crowd['phones']:,} phones in {crowd['s']:.1f} s"
        f" (asked: 10,000 in 5), {crowd['cpu_s']:.1f} s CPU"
    )
    if memory := figures.get("memory_mb"):
        yield (
            f"memory                 {memory['most']:.0f} MB at most (asked: 500),"
            f" {memory['grown_after_first_day']:+.1f} MB over {len(memory['days'])} simulated days;"
            f" {memory['stations']:,} stations, {memory['phones']:,} phones,"
            f" {memory['pushes']:,} pushes"
        )


def _ingest(ingest: Figures) -> Iterator[str]:
    for name, each in (("decided and kept", ingest["story"]), ("plain INSERT", ingest["floor"])):
        yield (
            f"{name:<22} {each['per_s']:>9.1f}/s  {each['cpu_ms_each']:>7.3f} ms CPU each"
            f"  {each['statements_each']:>6.2f} statements each"
        )
    for way, name in WAYS.items():
        if each := ingest.get(way):
            yield (
                f"{name:<22} {each['per_s']:>9.1f}/s  {each['cpu_ms_each']:>7.3f} ms CPU each"
                f"  {each['of_floor']:.2f} of a plain INSERT's {each['floor_per_s']:.0f}/s"
                f"  {each['lost']} lost (asked: {_ASKED_PER_S[way]:,}/s, 0.5)"
            )
