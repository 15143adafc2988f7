"""Who can be reached: phones that ring, phones that do not, and apps that were open."""
