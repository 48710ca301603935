"""Doing a job: from an image, a PSF and a recipe to an estimate."""
