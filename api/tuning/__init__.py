"""Thresholds and masks from evidence: what was reviewed, what it proves, what it would cost."""
