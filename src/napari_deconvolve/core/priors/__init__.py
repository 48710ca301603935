"""Penalties on roughness, one file each."""
