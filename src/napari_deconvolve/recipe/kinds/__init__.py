"""Kinds of parameters: which values one takes, how they are kept, written as text and read from it."""

from napari_deconvolve.recipe.kinds.base import AUTO, NONE, Auto, Kind
from napari_deconvolve.recipe.kinds.choices import Choice, Flag, Precision, Source
from napari_deconvolve.recipe.kinds.levels import Level
from napari_deconvolve.recipe.kinds.numbers import Number, PerAxis

__all__ = ["AUTO", "NONE", "Auto", "Choice", "Flag", "Kind", "Level", "Number", "PerAxis", "Precision", "Source"]
