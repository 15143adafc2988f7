"""Home Assistant: a device for each site, which it finds by itself over MQTT."""
