"""The iterations: Richardson-Lucy and its relatives, the Wiener filter, alternation."""
