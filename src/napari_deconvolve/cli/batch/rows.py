"""What is known of each file of a batch: a row of its table."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.image.shown import size
from napari_deconvolve.memory import duration_text
from napari_deconvolve.run.made import ACCOUNT
from napari_deconvolve.schema import listed, maybe, number_or_nan, plain, record, text, whole

DONE, FAILED, PLANNED, FITS = "done", "failed", "planned", "fits"
UNSEEN = ("pictures", "fingerprint")  # fields that the table leaves out


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file of a batch.

    Attributes
    ----------
    file, output : str
        What was read, and where its result is.
    status, reason : str
        "done", or "failed" and why, in a sentence; of a file that was only looked at "fits" or "failed".
    seconds : float
        How long it took, or will take.
    shape : tuple of int
        Of the image.
    iterations, background, gain, flux_ratio, misfit
        As in `Result`; a background per item where there are several.
    warnings, notes : tuple of str
        Of the result, and of the files.
    image, recipe, made, time : str
        How the result was made, see `account`.
    pictures : tuple of str
        PNG in base64: of the image and of the estimate.
    fingerprint : str
        Of all that the result depends on.
    """

    file: str
    output: str
    status: str
    reason: str = ""
    seconds: float = math.nan
    shape: tuple[int, ...] = ()
    iterations: int | None = None
    background: tuple[float, ...] = ()
    gain: float = math.nan
    flux_ratio: float = math.nan
    misfit: float = math.nan
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    image: str = ""
    recipe: str = ""
    made: str = ""
    time: str = ""
    pictures: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def sentence(self) -> str:
        """What came of it."""
        if self.status != DONE:
            return f"{self.status}: {self.reason}" if self.reason else self.status
        parts = ["1 iteration" if self.iterations == 1 else f"{self.iterations} iterations"]
        if self.background:
            low, high = min(self.background), max(self.background)
            parts.append(f"background {low:.4g}" + (f" to {high:.4g}" if high > low else ""))
        parts += [f"{self.gain:.3g} counts per photon"] * math.isfinite(self.gain)
        parts.append(duration_text(self.seconds))
        many = len(self.warnings)
        return ", ".join([*parts, *([f"{many} warning{'s' * (many > 1)}"] if many else [])])

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        known: dict[str, Any] = plain(dataclasses.asdict(self))
        return known

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned; raise `ParameterError` for what it did not."""
        read = _ROW(values, "row of a batch")
        unknown = sorted(set(read) - {one.name for one in dataclasses.fields(cls)})
        if unknown:
            raise ParameterError(f"A row of a batch has no {', '.join(map(repr, unknown))}.")
        return cls(**read)


_COUNT = whole(0, 1 << 62)
_TEXTS = listed(text)
_ROW = record(
    {"file": text, "output": text, "status": text},
    {
        **dict.fromkeys(("reason", "fingerprint", *ACCOUNT), text),
        **dict.fromkeys(("seconds", "gain", "flux_ratio", "misfit"), number_or_nan),
        **dict.fromkeys(("warnings", "notes", "pictures"), _TEXTS),
        "shape": listed(_COUNT),
        "iterations": maybe(_COUNT),
        "background": listed(number_or_nan),
    },
)


COLUMNS = tuple(one.name for one in dataclasses.fields(Row) if one.name not in UNSEEN)


def write_table(rows: Iterable[Row], path: str) -> None:
    """Write a table with one line per file; it is complete or absent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(name, getattr(row, name)) for name in COLUMNS] for row in rows)
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")


def _cell(name: str, value: Any) -> str:
    if name == "shape":
        return size(value)
    if name == "seconds":
        return "" if math.isnan(value) else f"{value:.1f}"
    if isinstance(value, tuple):
        return "; ".join(f"{one:.6g}" if isinstance(one, float) else str(one) for one in value)
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else str(value)
