"""Alerts as CAP 1.2 messages, for the services and authorities that speak it."""
