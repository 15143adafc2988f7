"""What the board says of itself: power, heat, radio, memory."""
