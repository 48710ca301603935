"""The PSF doctor's checks: of the samples themselves, and against image and optics."""
