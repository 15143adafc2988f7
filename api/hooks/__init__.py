"""Other systems that are told of alerts: webhooks, and EarthRanger."""
