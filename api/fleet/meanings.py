"""What each key of a station's config means, in words for an operator; forms are made from this."""

from typing import Any

from edge_agent.contracts.configuration import Tunables

MEANINGS: dict[str, str] = {
    "thresholds.day": "Confidence from which an elephant is one by day (0 to 1)",
    "thresholds.night_ir": "Confidence from which an elephant is one by infrared (0 to 1)",
    "thresholds.thermal": "Confidence from which an elephant is one in a thermal picture (0 to 1)",
    "confirmation.needed": "So many of the last frames must show an elephant before it is told",
    "confirmation.out_of": "How many last frames that are",
    "confirmation.vouches_from": "Share of the threshold from which a frame vouches for another",
    "event.silence_s": "A sighting ends after so many seconds without an elephant",
    "event.revise_every_s": "A growing sighting is told again at most every so many seconds",
    "event.still_here_s": "Elephants that stay are told again every so many seconds",
    "event.fresh_s": "What was seen within so many seconds leaves before everything else",
    "utc_offset_h": "The station's local time, in hours from UTC; profiles' hours go by it",
    "budgets.health_every_s": "The station says how it is every so many seconds",
    "budgets.disk_mb": "Room on the disk for what waits and for sent pictures, in MB",
    "budgets.data_mb_per_day": "On a metered link: MB a day, then only warnings leave",
    "budgets.samples_per_day": "Frames below the threshold that each camera tells a day",
    "budgets.samples_mb_per_day": "MB a day that those may take, all cameras together",
    "broker.host": "Where the server's broker is; undone by the station if it is not reached",
    "broker.port": "The broker's port",
    "broker.tls": "Whether the way to the broker is encrypted",
    "broker.keepalive_s": "Seconds of silence after which both sides call the other lost",
    "cameras": "By deployment: where it looks, exclude zones, motion gate, own thresholds",
    "profiles": "Another way of looking at some hours, or in some light; the last that fits counts",
}


def form_fields() -> list[dict[str, Any]]:
    """Return the fields of the config's form: key, type, limits, default and meaning.

    Tables of cameras and lists of profiles are one field each, of the type `json`.
    """
    schema = Tunables.model_json_schema()
    return list(_fields(schema, schema, ""))


def _fields(schema: dict[str, Any], whole: dict[str, Any], above: str) -> list[dict[str, Any]]:
    found = []
    for name, plain in schema["properties"].items():
        key, part = f"{above}{name}", _resolved(plain, whole)
        if key == "thresholds":
            lights = _resolved(part["propertyNames"], whole)["enum"]
            each = part["additionalProperties"]
            found += [_field(f"{key}.{light}", each, None) for light in lights]
        elif key in {"cameras", "profiles"}:
            found.append({"key": key, "type": "json", "meaning": MEANINGS[key]})
        elif "properties" in part:
            found += _fields(part, whole, f"{key}.")
        else:
            found.append(_field(key, part, plain.get("default")))
    return found


def _field(key: str, part: dict[str, Any], default: Any) -> dict[str, Any]:
    kinds = [each for each in part.get("anyOf", [part]) if each.get("type") != "null"]
    limits = {
        name: kinds[0][name]
        for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        if name in kinds[0]
    }
    kind = kinds[0]["type"]
    return {"key": key, "type": kind, "meaning": MEANINGS[key], "default": default} | limits


def _resolved(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    target: dict[str, Any] = whole["$defs"][reference.rpartition("/")[2]]
    return target | {name: value for name, value in part.items() if name != "$ref"}
