"""What a program's token may be good for. What is not in the table is closed to tokens."""

from enum import StrEnum

from api.people.rules import at_least
from api.tables import Role


class Scope(StrEnum):
    """One thing a token may do; never more than the person who made it."""

    ALERTS_READ = "alerts:read"
    ALERTS_ANSWER = "alerts:answer"
    SIGHTINGS_READ = "sightings:read"
    SAMPLES_READ = "samples:read"
    STATIONS_READ = "stations:read"
    MAP_READ = "map:read"
    GEOFENCES_WRITE = "geofences:write"
    QUARANTINE_READ = "quarantine:read"
    PEOPLE_INVITE = "people:invite"
    LEDGER_READ = "ledger:read"


# The role that a scope needs: a token for more would be refused at every route anyway.
ROLE_FOR: dict[Scope, Role] = {
    Scope.ALERTS_READ: Role.VILLAGER,
    Scope.ALERTS_ANSWER: Role.VILLAGER,
    Scope.MAP_READ: Role.VILLAGER,
    Scope.SIGHTINGS_READ: Role.RANGER,
    Scope.STATIONS_READ: Role.RANGER,
    Scope.SAMPLES_READ: Role.RESEARCHER,
    Scope.GEOFENCES_WRITE: Role.OPERATOR,
    Scope.QUARANTINE_READ: Role.OPERATOR,
    Scope.PEOPLE_INVITE: Role.ADMINISTRATOR,
    Scope.LEDGER_READ: Role.ADMINISTRATOR,
}

# Whoever holds a token could hand out themselves: that is for people who look after programs.
MAKES_TOKENS = Role.RESEARCHER

# Routes without their prefix /api/v1. Who one is, sessions and tokens are a person's own business.
SCOPES: dict[str, Scope] = {
    "GET /alerts": Scope.ALERTS_READ,
    "GET /alerts/{alert_id}": Scope.ALERTS_READ,
    "POST /alerts/{alert_id}/answers": Scope.ALERTS_ANSWER,
    "GET /stream": Scope.ALERTS_READ,
    "GET /map": Scope.MAP_READ,
    "GET /geofences": Scope.MAP_READ,
    "GET /herds": Scope.MAP_READ,
    "GET /herds/{herd_id}": Scope.MAP_READ,
    "PUT /geofences": Scope.GEOFENCES_WRITE,
    "DELETE /geofences/{geofence_id}": Scope.GEOFENCES_WRITE,
    "GET /media/{sha256}": Scope.ALERTS_READ,
    "GET /detections": Scope.SIGHTINGS_READ,
    "GET /samples": Scope.SAMPLES_READ,
    "GET /stations": Scope.STATIONS_READ,
    "GET /quarantine": Scope.QUARANTINE_READ,
    "POST /invites": Scope.PEOPLE_INVITE,
    "GET /ledger/signatures": Scope.LEDGER_READ,
    "GET /sites/{site_id}/cap.atom": Scope.ALERTS_READ,
    "GET /sites/{site_id}/cap/{identifier}.xml": Scope.ALERTS_READ,
    "GET /layers/herds.geojson": Scope.MAP_READ,
    "GET /layers/alerts.geojson": Scope.MAP_READ,
    "GET /alerts/{alert_id}/certificate": Scope.LEDGER_READ,
    "GET /alerts/{alert_id}/certificate.html": Scope.LEDGER_READ,
}


def beyond(role: Role, scopes: frozenset[Scope]) -> list[Scope]:
    """Return the scopes that are not for this role, in their order."""
    return sorted(scope for scope in scopes if not at_least(role, ROLE_FOR[scope]))


def opens(scopes: frozenset[str], method: str, path: str) -> bool:
    """Whether a token with these scopes may ask for a route (its template, without a prefix)."""
    needed = SCOPES.get(f"{'GET' if method == 'HEAD' else method} {path}")
    return needed is not None and needed in scopes
