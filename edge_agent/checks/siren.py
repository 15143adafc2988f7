"""The siren, without waking the village: it sounds only if asked to."""

import shutil

from edge_agent.checks.answer import Answer, ok, wrong
from edge_agent.siren.horn import HornError, open_horn
from edge_agent.siren.settings import CommandSirenSettings, GpioSirenSettings

_SOUND_S = 1.0
_ADVICE = "look at [siren] in the config, and at the wires"


async def check_siren(
    settings: CommandSirenSettings | GpioSirenSettings | None, *, sound: bool = False
) -> Answer:
    """Look whether the program is there, or the pin can be had; sound for a second if told to."""
    if settings is None:
        return ok("siren", "none in the config")
    if isinstance(settings, CommandSirenSettings) and shutil.which(settings.command[0]) is None:
        return wrong("siren", f"{settings.command[0]} is no program that can be run", _ADVICE)
    try:
        horn = open_horn(settings)
        try:
            if sound:
                await horn.sound(_SOUND_S)
        finally:
            horn.close()
    except HornError as error:
        return wrong("siren", str(error), _ADVICE)
    what = (
        settings.command[0] if isinstance(settings, CommandSirenSettings) else f"pin {settings.pin}"
    )
    return ok("siren", f"{what}, {'sounded' if sound else 'silent now: --sound lets you hear it'}")
