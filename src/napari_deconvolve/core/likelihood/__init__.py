"""The noise model of photon counts, their background and dark noise, and residuals."""
