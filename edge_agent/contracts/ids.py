"""Ids that sort by the time they were made."""

import secrets
import time
from uuid import UUID


def uuid7(unix_ms: int | None = None) -> UUID:
    """Make a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    moment = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    value = (moment & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return UUID(int=value)
