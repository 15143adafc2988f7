"""How a station gets a better model, and keeps the one it has if that is none."""
