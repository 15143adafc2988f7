"""What open apps are told as it happens."""
