"""The measurements of each bead, and why some were not used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Bead:
    """One bright spot of a stack.

    Parameters
    ----------
    position : tuple of float
        Its centre, as an index into the stack that may be fractional.
    height : float
        Of its highest sample above the background around it.
    background : float
        The median of the border of its window.
    snr : float
        Height over the standard deviation of the background around it.
    fwhm : tuple of float
        Full width at half maximum per axis, in the report's unit; NaN where it does not fall to half.
    reason : str
        Why it was not used; empty for a bead that was.
    """

    position: tuple[float, ...]
    height: float
    background: float
    snr: float
    fwhm: tuple[float, ...]
    reason: str = ""

    @property
    def used(self) -> bool:
        """Whether it went into the PSF."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class BeadReport:
    """All spots that were found, the brightest first.

    Parameters
    ----------
    beads : tuple of Bead
        Used and rejected ones.
    spacing : tuple of float
        Distance of samples.
    unit : str
        Its unit, and that of the widths.
    """

    beads: tuple[Bead, ...]
    spacing: tuple[float, ...]
    unit: str

    @property
    def used(self) -> tuple[Bead, ...]:
        """The beads that went into the PSF."""
        return tuple(bead for bead in self.beads if bead.used)

    @property
    def rejected(self) -> tuple[Bead, ...]:
        """The others; each has its `reason`."""
        return tuple(bead for bead in self.beads if not bead.used)

    @property
    def fwhm(self) -> tuple[float, ...]:
        """The mean width of the used beads per axis."""
        return tuple(float(width) for width in np.mean(self._widths(), axis=0))

    @property
    def spread(self) -> tuple[float, ...]:
        """The standard deviation of their widths per axis; 0 for a single bead."""
        widths = self._widths()
        return tuple(float(width) for width in np.std(widths, axis=0, ddof=1 if len(widths) > 1 else 0))

    @property
    def reasons(self) -> str:
        """How many were rejected and why, in words; empty when none was."""
        counts = Counter(bead.reason for bead in self.rejected)
        return ", ".join(_counted(reason, count) for reason, count in counts.most_common())

    def rows(self) -> list[dict[str, Any]]:
        """Return one mapping per bead, for a table or a CSV file."""
        axes = "zyx"[-len(self.spacing) :]
        return [
            {
                **{axis: round(place, 3) for axis, place in zip(axes, bead.position, strict=True)},
                **{f"fwhm_{axis}": width for axis, width in zip(axes, bead.fwhm, strict=True)},
                "height": bead.height,
                "background": bead.background,
                "snr": bead.snr,
                "used": bead.used,
                "reason": bead.reason,
            }
            for bead in self.beads
        ]

    def __str__(self) -> str:
        lines = [f"{len(self.used)} of {len(self.beads)} beads used (FWHM in {self.unit})"]
        for bead in self.beads:
            place = ", ".join(f"{value:.2f}" for value in bead.position)
            widths = " x ".join(f"{width:.4g}" for width in bead.fwhm)
            lines.append(f"at ({place}): FWHM {widths}, SNR {bead.snr:.3g}, {bead.reason or 'used'}")
        return "\n".join(lines)

    def _widths(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([bead.fwhm for bead in self.used] or [(np.nan,) * len(self.spacing)])


def _counted(reason: str, count: int) -> str:
    """Put a number before a reason: ``3 saturated``, or ``2 single bright samples`` for one that begins with "a"."""
    thing = reason.removeprefix("a ")
    return f"{count} {reason}" if thing == reason else f"{count} {thing}{'s' if count > 1 else ''}"
