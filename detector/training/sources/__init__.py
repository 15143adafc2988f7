"""Labelled pictures from elsewhere: check them, import them, merge them, describe them."""
