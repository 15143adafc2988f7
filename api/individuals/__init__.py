"""A catalogue of the elephants that people know by sight."""
