"""The pictures that stations send."""
