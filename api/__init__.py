"""Decides: who is in the way of which herd, and who must know."""
