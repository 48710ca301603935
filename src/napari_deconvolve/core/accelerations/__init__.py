"""Ways to look ahead, one file each; a file that ends with ``ACCELERATIONS.add(...)`` is all that a new one takes."""
