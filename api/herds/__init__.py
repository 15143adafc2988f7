"""Herds: events of several cameras that can be the same animals walking."""
