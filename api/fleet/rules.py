"""What a desired config must be, and how it differs from what a station reports. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge_agent.contracts.configuration import Tunables, TuningError, merged


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that is not as desired; None where the station says nothing of it."""

    key: str
    desired: Any
    reported: Any


def check_settings(settings: Mapping[str, Any], effective: Mapping[str, Any] | None) -> None:
    """Refuse what no station could apply; the station itself has the last word.

    It is tried over the defaults and over what the station last reported: a change of one key may
    only make sense beside those that the station's own file holds.

    Raises:
        TuningError: names the key that is wrong.
    """
    try:
        Tunables().changed(dict(settings))
    except TuningError:
        if not effective:
            raise
        Tunables().changed(merged(dict(effective), dict(settings)))


def differences(desired: Mapping[str, Any], effective: Mapping[str, Any]) -> list[Difference]:
    """Return where what counts at a station is not what was desired, by key."""
    return list(_differences(desired, effective, ""))


def next_version(known: int | None, answered: int | None) -> int:
    """Return a version that the station has surely not heard: it ignores older ones."""
    return max(known or 0, answered or 0) + 1


def _differences(
    desired: Mapping[str, Any], effective: Mapping[str, Any], above: str
) -> Iterator[Difference]:
    for key, wish in desired.items():
        name, found = f"{above}{key}", effective.get(key)
        if wish is None:
            continue
        if isinstance(wish, Mapping) and isinstance(found, Mapping):
            yield from _differences(wish, found, f"{name}.")
        elif wish != found:
            yield Difference(name, wish, found)
