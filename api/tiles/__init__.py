"""Pictures of the land for phones: one PMTiles file that a site may provide."""
