"""The station's key, and whether it is here for good or for a drill."""

import stat

from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.settings import SettingsError, StationSettings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_purpose(settings: StationSettings) -> Answer:
    """A drill that is taken for the real thing warns nobody."""
    words = f"{settings.station_id} of {settings.site_id}"
    if settings.simulated:
        return warning("station", f"{words}, for drills", "nothing it tells can ring as real")
    return ok("station", words)


def check_key(settings: StationSettings) -> Answer:
    """The key must be readable, and by nobody else."""
    try:
        settings.station_key()
    except SettingsError as error:
        return wrong("key", str(error), "copy the key that `trunkline-server station` printed")
    if settings.key_file is None:
        advice = "put it into a file of its own: key_file"
        return warning("key", "64 hexadecimal digits, but in the config itself", advice)
    try:
        is_open = bool(settings.key_file.stat().st_mode & _OTHERS)
    except OSError as error:
        return wrong("key", f"{settings.key_file}: {error.strerror}", "copy the key again")
    if is_open:
        advice = f"chmod 600 {settings.key_file}"
        return warning("key", "others on this machine may read it", advice)
    return ok("key", "64 hexadecimal digits, as it should be")
