"""Runs over images that do not fit into memory: settings found on a part of them, then tile by tile."""
