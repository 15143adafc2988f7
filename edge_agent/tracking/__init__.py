"""Which box of one frame is which animal of the frame before; small, and our own."""
