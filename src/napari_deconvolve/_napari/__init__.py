"""All that knows napari or Qt: docks, layers, workers, readers and writers."""
