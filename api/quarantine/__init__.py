"""Messages that could not be read or trusted, kept for inspection."""
