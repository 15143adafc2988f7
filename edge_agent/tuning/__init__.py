"""How the server tunes a station from afar, and how the station keeps itself reachable."""
