"""Validation of PSFs: checks of the samples themselves, and against image and optics."""
