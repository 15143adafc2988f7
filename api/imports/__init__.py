"""Pictures and observations from elsewhere."""
