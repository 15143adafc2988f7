"""Judges a release: the same figures, the same way, for every model."""
