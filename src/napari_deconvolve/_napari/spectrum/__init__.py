"""The dock "Spectrum"."""
