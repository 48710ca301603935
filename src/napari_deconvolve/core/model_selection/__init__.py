"""Choosing settings from the data alone, and measuring estimates."""
