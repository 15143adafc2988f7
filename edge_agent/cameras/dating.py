"""When a picture was taken, as far as the camera can be believed."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_DIGITS = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}"}
_DIGITS |= {"%H": r"\d{2}", "%M": r"\d{2}", "%S": r"\d{2}"}


def believable(taken_at: datetime | None, now: datetime) -> datetime | None:
    """Return a camera's time, at most `now`; None if its clock was never set or runs far ahead."""
    if taken_at is None or not _EARLIEST <= taken_at <= now + timedelta(days=1):
        return None
    return min(taken_at, now)


def times_in(texts: Iterable[str], formats: Iterable[str], zone: timezone) -> Iterator[datetime]:
    """Yield every time that stands in a file name or subject as one of the formats writes it.

    Args:
        texts: where to look, the most trusted first.
        formats: of `strptime`, with %Y %y %m %d %H %M %S alone.
        zone: the camera clock's.
    """
    patterns = [(form, re.compile(pattern_of(form))) for form in formats]
    for text in texts:
        for form, pattern in patterns:
            for found in pattern.finditer(text):
                try:
                    written = datetime.strptime(found[0], form).replace(tzinfo=zone)
                    yield written.astimezone(UTC)
                except (ValueError, OverflowError):
                    continue  # digits, but no time


def pattern_of(form: str) -> str:
    """Return the regular expression of a format.

    Raises:
        ValueError: the format asks for something else than digits of a date and time.
    """
    parts = re.split(r"(%.)", form)
    unknown = [part for part in parts if part.startswith("%") and part not in _DIGITS]
    if unknown:
        raise ValueError(f"{unknown[0]} is none of {' '.join(_DIGITS)}")
    if "%d" not in parts or "%H" not in parts:
        raise ValueError(f"{form!r} names no day (%d) or no hour (%H)")
    inner = "".join(_DIGITS.get(part, re.escape(part)) for part in parts)
    return rf"(?<!\d){inner}(?!\d)"
