"""The way to an MQTT broker: our own, or somebody else's."""
