"""The noise model of photon counts, what is dark in them, and what a model leaves of them."""
