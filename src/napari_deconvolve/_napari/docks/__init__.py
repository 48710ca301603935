"""The docks, a folder each."""
