"""The dock "PSF", and PSFs as layers."""
