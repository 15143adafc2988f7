"""One row per event, for a spreadsheet or R."""

from typing import Any

from api.exports.observed import ObservedEvent
from api.exports.writing import About, Package, Table

COLUMNS = (
    *("event", "station", "station_name", "deployment", "started_at", "ended_at"),
    *("latitude", "longitude", "uncertainty_m", "herd", "simulated", "frames", "lighting"),
    *("release", "network_count", "network_confidence", "verdict", "count", "readers"),
    *("classified_by", "classified_at", "behaviour", "individuals"),
)


class FlatWriter:
    """Writes `events.csv`."""

    def __init__(self, package: Package, about: About) -> None:
        self._package = package
        self._about = about
        self._table = Table(COLUMNS, for_spreadsheets=True)

    def add(self, event: ObservedEvent) -> None:
        """Add the event's row."""
        zone = self._about.zone
        spoken = event.spoken
        best = max(
            (s.confidence or 0 for f in event.frames for s in f.network if s.label == "elephant"),
            default=0,
        )
        self._table.add(
            {
                "event": event.id,
                "station": event.station,
                "station_name": event.station_name,
                "deployment": event.deployment_id,
                "started_at": event.started_at.astimezone(zone).isoformat(timespec="seconds"),
                "ended_at": event.ended_at.astimezone(zone).isoformat(timespec="seconds"),
                "latitude": round(event.position.latitude, 6),
                "longitude": round(event.position.longitude, 6),
                "uncertainty_m": round(event.uncertainty_m),
                "herd": event.herd_id,
                "simulated": event.simulated,
                "frames": len(event.frames),
                "lighting": event.frames[0].lighting if event.frames else "",
                "release": event.frames[-1].release if event.frames else "",
                "network_count": event.network_count,
                "network_confidence": best,
                "verdict": event.verdict.value if event.verdict is not None else "",
                "count": event.count,
                "readers": len(event.votes),
                "classified_by": spoken.by if spoken else "",
                "classified_at": (
                    spoken.at.astimezone(zone).isoformat(timespec="seconds") if spoken else ""
                ),
                "behaviour": event.behaviour,
                "individuals": " | ".join(event.individuals),
            }
        )

    def finish(self) -> dict[str, Any]:
        """Write the table."""
        rows = self._table.rows
        self._table.put(self._package, "events.csv")
        return {"events": rows}
