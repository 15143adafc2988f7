"""Every kind of job, and what does it."""

from collections.abc import Mapping

from api.exports.making import EXPORT, make_export
from api.imports.taking import IMPORT, take_import
from api.jobs.worker import Work

KINDS: Mapping[str, Work] = {EXPORT: make_export, IMPORT: take_import}
