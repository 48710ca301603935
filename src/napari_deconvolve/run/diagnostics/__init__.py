"""Checks of a result: the residual, the uncertainty, the width of the PSF."""
