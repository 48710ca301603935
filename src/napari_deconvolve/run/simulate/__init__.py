"""From a truth to the counts of a camera."""
