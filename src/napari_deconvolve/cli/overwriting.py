"""Outputs that would overwrite an input: a measurement cannot be repeated."""

from __future__ import annotations

from collections.abc import Iterable

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.errors import FileError


def keep_inputs(outputs: Iterable[str | None], inputs: Iterable[str | None]) -> None:
    """Refuse a file that is both read and to be written; results to go on from and recipes may be replaced.

    Parameters
    ----------
    outputs, inputs : iterable of str
        Names of files; None for those that are not wanted.
    """
    read = [path for path in inputs if path is not None]
    for output in outputs:
        if output is not None and any(same_file(output, path) for path in read):
            raise FileError(f"{output} is read by this command and would be overwritten; give another name to write.")
