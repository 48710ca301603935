"""Side lobes: found in an image, as the points of a PSF."""
