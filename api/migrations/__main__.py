"""Draft a new migration: the difference between the newest revision and `api/tables.py`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from api.migrations import config_for, upgrade

with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder) / 'draft.db'}"
    upgrade(url)
    command.revision(config_for(url), message=" ".join(sys.argv[1:]), autogenerate=True)
