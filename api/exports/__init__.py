"""What was seen and said, in the formats that other tools open."""
