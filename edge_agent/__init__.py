"""Tells: the station in the forest."""
