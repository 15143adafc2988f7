"""Reaches: the ways from an alert to a phone."""
