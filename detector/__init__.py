"""Sees: what the network says about one picture."""
