"""The command line: its program, and its exit codes; the commands have a module each."""

from napari_deconvolve.cli.failures import DEBUG
from napari_deconvolve.cli.program import BAD_INPUT, DONE, FAULT, INTERRUPTED, NO_RESOURCES, app, execute, main

__all__ = ["BAD_INPUT", "DEBUG", "DONE", "FAULT", "INTERRUPTED", "NO_RESOURCES", "app", "execute", "main"]
