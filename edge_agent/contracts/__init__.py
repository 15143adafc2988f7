"""The wire: what stations and server say to each other."""
