"""The command line; the commands have a module each."""

from napari_deconvolve.cli.app import BAD_INPUT, DONE, FAULT, INTERRUPTED, NO_RESOURCES, app, execute, main

__all__ = ["BAD_INPUT", "DONE", "FAULT", "INTERRUPTED", "NO_RESOURCES", "app", "execute", "main"]
