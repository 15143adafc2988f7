"""Whether a camera still sees: learned from its own normal, said in one word."""
