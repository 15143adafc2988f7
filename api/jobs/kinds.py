"""Every kind of job, and what does it."""

from collections.abc import Mapping

from api.exports.making import EXPORT, make_export
from api.imports.taking import IMPORT, take_import
from api.jobs.worker import Work
from api.replay.playing import REPLAY, play

KINDS: Mapping[str, Work] = {EXPORT: make_export, IMPORT: take_import, REPLAY: play}
