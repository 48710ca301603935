"""Settings found from the image: iterations, sieve, strength, the width of the PSF."""
