"""Units of length, as files, layers and people write them."""

from __future__ import annotations

from napari_deconvolve.errors import ParameterError

_METRES = {
    "pm": 1e-12,
    "angstrom": 1e-10,
    "nm": 1e-9,
    "um": 1e-6,
    "mm": 1e-3,
    "cm": 1e-2,
    "m": 1.0,
    "inch": 0.0254,
}
_SPELLINGS = {
    "picometer": "pm",
    "picometre": "pm",
    "å": "angstrom",
    "\u212b": "angstrom",
    "nanometer": "nm",
    "nanometre": "nm",
    "µm": "um",  # micro sign
    "μm": "um",  # Greek mu
    "\\u00b5m": "um",
    "micron": "um",
    "microns": "um",
    "micrometer": "um",
    "micrometre": "um",
    "millimeter": "mm",
    "millimetre": "mm",
    "centimeter": "cm",
    "centimetre": "cm",
    "meter": "m",
    "metre": "m",
    "in": "inch",
    "pixels": "pixel",
    "px": "pixel",
    "": "pixel",
    "dimensionless": "pixel",
}


def canonical(unit: str) -> str:
    """Give the short ASCII name of a unit: "µm", "micron" and "micrometer" are "um"; unknown names stay as they are."""
    name = unit.strip()
    return _SPELLINGS.get(name.lower(), _SPELLINGS.get(name, name))


def is_length(unit: str) -> bool:
    """Say whether the unit is one of length; "pixel" is not."""
    return canonical(unit) in _METRES


def factor(old: str, new: str) -> float:
    """Give the number by which a value in `old` is multiplied to be in `new`.

    Raises
    ------
    ParameterError
        When one is a length and the other is not, or both are different and unknown.
    """
    first, second = canonical(old), canonical(new)
    if first == second:
        return 1.0
    if first not in _METRES or second not in _METRES:
        raise ParameterError(f"The unit {old!r} cannot be converted to {new!r}; give both in units of length.")
    return _METRES[first] / _METRES[second]
