"""Widgets that docks are built from."""
