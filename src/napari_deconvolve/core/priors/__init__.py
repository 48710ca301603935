"""Penalties on roughness, one file each; a file that ends with ``PRIORS.add(...)`` is all that a new one takes."""
