"""What the sightings say together: when, where, how often."""
