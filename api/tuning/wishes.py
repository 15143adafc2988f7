"""Writes a threshold or a mask into a station's desired config, and takes it out again. Pure.

Settings are what an operator wishes beyond the station's own file; nothing else of them changes.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

Settings = Mapping[str, Any]


def mask_profile(lighting: str) -> str:
    """Return the name of the profile that holds the masks of a light."""
    return f"masks-{lighting}"


def with_threshold(
    settings: Settings, deployment_id: str, lighting: str, value: float | None, *, is_only: bool
) -> dict[str, Any]:
    """Return the settings with a camera's threshold; None goes back to what counts without it.

    `is_only`: the station has no other camera. Then it becomes the station's own threshold, which
    stations understand that know nothing of cameras' own ones.
    """
    changed = deepcopy(dict(settings))
    place = changed if is_only else _table(changed, "cameras", deployment_id)
    thresholds = _table(place, "thresholds")
    if value is None:
        thresholds.pop(lighting, None)
    else:
        thresholds[lighting] = value
    if is_only:  # a camera's own would go before it
        _drop(changed, "cameras", deployment_id, "thresholds", lighting)
    return _without_empty(changed)


def threshold_in(settings: Settings, deployment_id: str, lighting: str) -> float | None:
    """Return the threshold that the settings hold for a camera in a light."""
    own = _found(settings, "cameras", deployment_id, "thresholds", lighting)
    value = own if own is not None else _found(settings, "thresholds", lighting)
    return float(value) if isinstance(value, int | float) else None


def masks_in(settings: Settings, deployment_id: str, lighting: str) -> list[Any] | None:
    """Return the zones that the light's profile masks at a camera; None if it says nothing."""
    profile = _profile(settings, lighting)
    zones = _found(profile or {}, "change", "cameras", deployment_id, "exclude")
    return list(zones) if zones is not None else None


def with_masks(
    settings: Settings, deployment_id: str, lighting: str, zones: Sequence[Any] | None
) -> dict[str, Any]:
    """Return the settings with these zones masked at a camera in this light only; None: not by us.

    Several profiles never count together, the last that fits counts alone. Ours is put first, so
    that an operator's own profiles go before it.
    """
    changed = deepcopy(dict(settings))
    profiles = [p for p in changed.get("profiles", []) if p.get("name") != mask_profile(lighting)]
    ours = deepcopy(_profile(settings, lighting)) or {
        "name": mask_profile(lighting),
        "lighting": [lighting],
        "change": {},
    }
    cameras = _table(ours["change"], "cameras")
    if zones is None:
        cameras.pop(deployment_id, None)
    else:
        cameras[deployment_id] = {"exclude": [list(zone) for zone in zones]}
    changed["profiles"] = [ours, *profiles] if cameras else profiles
    return _without_empty(changed)


def hides_masks(settings: Settings, lighting: str) -> str | None:
    """Return the name of a profile of the operator's that would count instead of our masks."""
    for profile in settings.get("profiles", []):
        fits = profile.get("lighting")
        if profile.get("name") != mask_profile(lighting) and (fits is None or lighting in fits):
            return str(profile.get("name"))
    return None


def _profile(settings: Settings, lighting: str) -> dict[str, Any] | None:
    for profile in settings.get("profiles", []):
        if profile.get("name") == mask_profile(lighting):
            return dict(profile)
    return None


def _table(above: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        found = above.get(key)
        above[key] = above = found if isinstance(found, dict) else {}
    return above


def _found(above: Any, *keys: str) -> Any:
    for key in keys:
        above = above.get(key) if isinstance(above, Mapping) else None
    return above


def _drop(above: dict[str, Any], *keys: str) -> None:
    place = _found(above, *keys[:-1])
    if isinstance(place, dict):
        place.pop(keys[-1], None)


def _without_empty(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out tables that say nothing, all the way down, and a list of no profiles."""
    kept = {
        key: _without_empty(value) if isinstance(value, dict) else value
        for key, value in settings.items()
    }
    return {k: v for k, v in kept.items() if v != {} and not (k == "profiles" and v == [])}
