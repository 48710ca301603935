"""Between napari's layers and the values of the core."""
