"""How fast a station is on the board it runs on, beside the floor of that board."""
