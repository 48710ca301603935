"""Numbers in columns of text: the block of equal lines, its style, headings and missing values, found from the text.

`read_text` is the one reader of tables; kernels, spectra and matrices are made of what it returns.
"""

from napari_deconvolve.formats.text.heading_units import axis_unit, name_of, unit_of
from napari_deconvolve.formats.text.reader import read_text
from napari_deconvolve.formats.text.roles import Roles, index_of, is_even, names_of, roles_of
from napari_deconvolve.formats.text.table import TextTable

__all__ = [
    "Roles",
    "TextTable",
    "axis_unit",
    "index_of",
    "is_even",
    "name_of",
    "names_of",
    "read_text",
    "roles_of",
    "unit_of",
]
