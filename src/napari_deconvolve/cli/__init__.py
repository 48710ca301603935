"""The command line; the commands have a module each."""

from napari_deconvolve.cli.app import app, execute, main

__all__ = ["app", "execute", "main"]
