"""People look at what the network saw, and say what it was."""
