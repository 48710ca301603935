"""The dock "Deconvolve"."""
