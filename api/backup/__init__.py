"""Backups: everything that a server knows, in one file that either database takes back."""
