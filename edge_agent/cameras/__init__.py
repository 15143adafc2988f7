"""Where frames come from. Adding a kind of camera means adding a file here."""
