"""Alerts: one warning about one herd for one geofence, and what people answer."""
