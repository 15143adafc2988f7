"""Power and heat, as far as the board tells."""

from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.contracts.vitals import Vitals

_LOW_PERCENT, _EMPTY_PERCENT = 30.0, 10.0
_HOT_C, _TOO_HOT_C = 75.0, 85.0


def check_power(vitals: Vitals) -> Answer:
    """A battery that is low and not being charged will not last the night."""
    percent = vitals.battery_percent
    if percent is None:
        return ok("battery", "the board tells nothing of a battery")
    sun = "" if vitals.solar_watts is None else f", {vitals.solar_watts:.1f} W come in"
    charging = {True: ", charging", False: ", not charging", None: ""}[vitals.is_charging]
    words = f"{percent:.0f} %{charging}{sun}"
    if vitals.is_charging is not True and percent < _EMPTY_PERCENT:
        return wrong("battery", words, "charge or change it before you go")
    if vitals.is_charging is not True and percent < _LOW_PERCENT:
        return warning("battery", words, "look at the panel and its cable")
    return ok("battery", words)


def check_temperature(vitals: Vitals) -> Answer:
    """A hot board slows down first, and then stops."""
    heat = vitals.temperature_c
    if heat is None:
        return ok("heat", "the board tells no temperature")
    words = f"{heat:.0f} °C"
    if heat >= _TOO_HOT_C:
        return wrong("heat", words, "it will stop: give it shade, air or a heat sink")
    if heat >= _HOT_C:
        return warning("heat", words, "it will be slow at noon: give it shade or air")
    return ok("heat", words)
