"""Fields of the dock "Blur and noise": numbers written with few digits, and widths of a Gaussian."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from napari_deconvolve._napari.kit.forms import help_of, identify
from napari_deconvolve._napari.kit.numbers import NumberBox
from napari_deconvolve._napari.layers.source import Source, pretty_unit, space_axes, spacing_text
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.simulation import simulation_parameter
from napari_deconvolve.units import factor, is_length

WIDTH_SEPARATORS = re.compile(r"[\s,;×x]+")
USUAL_WIDTH_IN_SAMPLES = 3.0  # samples: the width of a Gaussian that nobody has chosen
AS_THEY_ARE = "as they are"
SMOOTHED_AXES = 3  # the last ones, by a single width
DECIMALS = 4
MAX_GAUSSIAN_SAMPLES = 1 << 20  # samples of a Gaussian along an axis


class SimulationBox(NumberBox):
    """A number of a simulation; its arrows go by a tenth of its size."""

    def __init__(self, low: float, high: float, *, suffix: str = "", special: str = "") -> None:
        super().__init__(low, high, decimals=DECIMALS, suffix=suffix, word=special)
        self.setStepType(self.StepType.AdaptiveDecimalStepType)
        self.setMinimumWidth(60)

    def minimumSizeHint(self) -> Any:  # noqa: N802 - Qt's name
        """Leave room for usual numbers, not for the longest."""
        hint = super().minimumSizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance("100000") + 40)
        return hint


def number_for(
    name: str, *, high: float, low: float | None = None, suffix: str = "", special: str = ""
) -> SimulationBox:
    """Make the field of a simulation's parameter."""
    definition = simulation_parameter(name)
    least = low if low is not None else definition.low or 0.0
    field: SimulationBox = identify(
        SimulationBox(least, high, suffix=suffix, special=special), name, definition.label, help_of(definition)
    )
    field.setValue(definition.default if definition.default is not None else least)
    return field


def read_widths(text: str, source: Source) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Read widths of a Gaussian in the image's units; give width and step for each of its axes.

    A single width is for the axes Z, Y and X, or where these have no names for the last three; several are for as many
    of the last axes. Axes of length are in the last one's unit, others (time) in their own. Raise `ParameterError` with
    what was read and what to write.
    """
    count, unit = len(source.shape), source.units[-1]
    try:
        found = [float(word) for word in WIDTH_SEPARATORS.split(text.strip()) if word]
    except ValueError:
        found = []
    if found and not any(found):
        raise ParameterError(
            f"The FWHM is “{text}”, which smooths along no axis; write a width in {pretty_unit(unit)} above 0."
        )
    if not 1 <= len(found) <= count or not all(0 <= width < math.inf for width in found):
        raise ParameterError(
            f"The FWHM is “{text}”; write a width in {pretty_unit(unit)}, or up to {count} with commas between: "
            "one per axis, 0 for none."
        )
    axes = space_axes(source, min(SMOOTHED_AXES, count)) if len(found) == 1 else range(count - len(found), count)
    given = dict(zip(axes, found * len(axes) if len(found) == 1 else found, strict=True))
    steps = [
        step * factor(own, unit) if is_length(own) and is_length(unit) else step
        for step, own in zip(source.spacing, source.units, strict=True)
    ]
    widths = tuple(given.get(axis, 0.0) for axis in range(count))
    for width, step in zip(widths, steps, strict=True):
        _require_size(text, width / step)
    return widths, tuple(steps)


def _require_size(text: str, samples: float) -> None:
    """Raise `ParameterError` for a width that is some other unit's: its Gaussian would take all memory."""
    if samples > MAX_GAUSSIAN_SAMPLES:
        raise ParameterError(
            f"The FWHM is “{text}”, {samples:.3g} samples of the image, and {MAX_GAUSSIAN_SAMPLES:,} at most can be; "
            "give a smaller one, or look whether the layer's scale is in the right unit."
        )


def widths_text(widths: Sequence[float], unit: str) -> str:
    """Write widths for the name of a layer: "0.2 µm", "0.4 × 0.2 × 0.2 µm"; leading axes without are left out."""
    used = list(widths)
    while len(used) > 1 and used[0] == 0:
        used.pop(0)
    if len(set(used)) == 1:
        used = used[:1]
    return spacing_text(used, (unit,) * len(used)).replace("\u00a0", " ")
