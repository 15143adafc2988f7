"""Sightings: detections as they came, and the events they make."""
