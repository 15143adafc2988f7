"""The boxes in the forest as the server knows them."""
