"""Fourier transforms and the padded boxes that they act on."""
