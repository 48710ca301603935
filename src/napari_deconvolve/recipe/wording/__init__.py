"""A run in words for others: as Python, as a command line, and as a paragraph for the methods of a paper."""

from napari_deconvolve.recipe.wording.command import as_command
from napari_deconvolve.recipe.wording.cut import Cut
from napari_deconvolve.recipe.wording.paragraph import as_paragraph
from napari_deconvolve.recipe.wording.python import as_python

__all__ = ["Cut", "as_command", "as_paragraph", "as_python"]
