"""Frames below the threshold that stations tell, so that what they miss can be estimated."""
