"""Log lines as JSON, so that one sighting can be followed from its station to a phone.

What a line is about is in its own fields: `sighting` (the id that the station made), `alert`,
`delivery`, `site`, `station`, `channel`. As text, the same ids are in the words.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Final, Literal

SUBJECTS: Final = ("site", "station", "sighting", "alert", "delivery", "channel", "hook")
Format = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in SUBJECTS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(form: Format) -> None:
    """Send what this process logs to its standard error."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("uvicorn", "aiosqlite", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
