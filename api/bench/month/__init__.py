"""A simulated month whose truth is known: which herd was where, what cameras saw, who arrived."""
