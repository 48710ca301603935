"""The steps from a stack of beads to a PSF: report, find, measure, average, remove the bead's size."""
