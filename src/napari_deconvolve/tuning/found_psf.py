"""A PSF that was found from an image."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from napari_deconvolve.psf import PSF
from napari_deconvolve.tuning.choice import Choice

MAX_ITERATIONS_SHARE, EXTRA_ITERATIONS = 0.9, 3  # of the number that a width was found with, and more


@dataclass(frozen=True, slots=True, eq=False)
class FoundPSF:
    """A PSF that was found from an image.

    Attributes
    ----------
    psf : PSF
        The PSF found.
    how : str
        "width" or "alternate".
    factor : float
        Its width, over that of the PSF that was given.
    uncertainty : float
        Standard deviation of the factor; NaN where it is not known.
    warning : str
        Its limits, in a sentence; may be empty.
    iterations : int
        The number that was found with the width, and that a run should not exceed; 0 where none was.
    """

    psf: PSF
    how: str
    factor: float
    uncertainty: float
    warning: str
    iterations: int = 0

    def __str__(self) -> str:
        sure = f" ± {self.uncertainty:.2f}" if math.isfinite(self.uncertainty) else ""
        return f"The PSF found is {self.factor:.2f}{sure} times as wide as the one given."

    def limit(self, choice: Choice) -> Choice:
        """Return a choice whose number of iterations is hardly more than that with which the width was found.

        Held-out splits share the rings of a PSF that is a few per cent too wide, so they take them for structure and
        ask for too many iterations. Where width and number are found together, that is avoided.
        """
        if not self.iterations or not choice.iterations:
            return choice
        most = round(MAX_ITERATIONS_SHARE * self.iterations) + EXTRA_ITERATIONS
        return replace(choice, iterations=min(choice.iterations, most))
