"""Long work that a person asked for: it goes on in the background, with progress."""
