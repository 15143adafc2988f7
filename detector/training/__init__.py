"""Makes the model: data, scenes, training, export. Needs the `train` extra."""
