"""The blur and its exact adjoint: one PSF, many lines, and PSFs that change with depth."""
