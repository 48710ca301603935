"""``napari-deconvolve batch``: many files by one recipe, each as `run` does it, in separate processes."""
