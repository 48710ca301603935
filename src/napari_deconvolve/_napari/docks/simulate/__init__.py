"""The dock "Blur and noise"."""
