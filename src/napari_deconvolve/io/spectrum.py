"""A spectrum as one value: numbers along an even axis that has a start, a step and a unit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.units import canonical, factor

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Data along one axis whose samples are evenly spaced.

    Parameters
    ----------
    values : ndarray
        One axis, any real type, from the lowest position to the highest; NaN where nothing was measured.
    spacing : float
        Distance of samples, in `unit`.
    unit : str
        Of the axis: "eV", "nm", "cm-1", "s", ...; "pixel" where none is known.
    start : float
        Position of the first sample, in `unit`.
    name : str
        What was measured, such as "counts" or the name of a file.
    quantity : str
        What the axis is, such as "E" or "wavelength".
    value_unit : str
        Of the values, or empty.
    descending : bool
        Whether its file ran from the highest position down, as wave numbers are often written; it is written so again.
    notes : tuple of str
        How the file was understood, in words.

    Raises
    ------
    ParameterError
        For values that are not real numbers along one axis, or a spacing that is not positive.
    """

    values: NDArray[Any]
    spacing: float = 1.0
    unit: str = "pixel"
    start: float = 0.0
    name: str = ""
    quantity: str = ""
    value_unit: str = ""
    descending: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = np.array(self.values)
        if values.ndim != 1 or values.dtype.kind not in "buif" or values.size == 0:
            raise ParameterError(
                f"The spectrum has shape {values.shape} and dtype {values.dtype}; give real numbers along one axis."
            )
        if not (np.isfinite(self.spacing) and self.spacing > 0 and np.isfinite(self.start)):
            raise ParameterError(
                f"The spectrum's axis starts at {self.start} and goes on by {self.spacing}; "
                "give finite numbers, and a positive step."
            )
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "spacing", float(self.spacing))
        object.__setattr__(self, "start", float(self.start))
        object.__setattr__(self, "unit", canonical(self.unit))
        object.__setattr__(self, "notes", tuple(self.notes))

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, image: SampledArray, **more: Any) -> Spectrum:
        """Return an array of one axis as a spectrum; `more` are the fields that it does not know."""
        (quantity,), (step,) = image.axes, image.steps()
        return cls(image.data, step, image.units[0], image.origin[0], **{"quantity": quantity, **more})

    @property
    def image(self) -> SampledArray:
        """The values with their axis, as all else takes them."""
        return SampledArray(self.values, (self.quantity,), (self.spacing,), (self.unit,), (self.start,))

    @property
    def axis(self) -> Values:
        """The positions of the samples, ascending."""
        positions: Values = self.start + self.spacing * np.arange(len(self.values), dtype=np.float64)
        return positions

    @property
    def label(self) -> str:
        """Words for the axis, such as "E (meV)"."""
        return _labelled(self.quantity or ("sample" if self.unit == "pixel" else "position"), self.unit)

    @property
    def heading(self) -> str:
        """Words for the values, such as "counts" or "intensity (cps)"."""
        return _labelled(self.name or "data", self.value_unit or "pixel")

    def in_unit(self, unit: str) -> Spectrum:
        """Return the same spectrum with its axis in another unit of the same kind.

        Others are refused: eV are no nm, since equal steps of one are not equal in the other.
        """
        ratio = factor(self.unit, unit)
        return self.replaced(spacing=self.spacing * ratio, start=self.start * ratio, unit=unit)

    def replaced(self, **changes: Any) -> Spectrum:
        """Return a spectrum that differs in the named fields."""
        return dataclasses.replace(self, **changes)


def _labelled(word: str, unit: str) -> str:
    return word if unit == "pixel" else f"{word} ({unit})"
