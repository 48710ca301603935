"""An image, a PSF and a recipe brought together: checked, cut into items, ready to run."""
