"""Herds and alerts as GeoJSON layers, for maps of others."""
