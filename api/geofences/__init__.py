"""Geofences: areas people follow, and how near a herd is."""
