"""Fourier transforms and the boxes that they work in."""
