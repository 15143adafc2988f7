"""The station's own voice: a siren or a strobe, with or without a network."""
