"""Drills: practice alerts, marked as such, and who was reached by them."""
