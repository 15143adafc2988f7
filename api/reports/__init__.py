"""Sightings that people report: they enter the same story as a camera's, marked as human."""
