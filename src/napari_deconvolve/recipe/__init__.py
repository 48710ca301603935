"""A run as one plain value, and everything that such values are made of."""
