"""The story, played: stations, a herd, alerts, phones, on one machine."""
