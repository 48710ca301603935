"""Small pictures of the PSFs that a run takes, one of each channel, seen from the side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from superqt import QElidingLabel

from napari_deconvolve._napari.docks.deconvolve.channels import ChannelRun
from napari_deconvolve._napari.docks.deconvolve.ticks import dot_of
from napari_deconvolve._napari.kit.buttons import take_out
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.layers.optics import MODALITIES, short_name
from napari_deconvolve.psf import PSF

SIDE = 36  # pixels
MOST = 3  # rows
COLOURS = "inferno"


class PSFPictures(QWidget):  # type: ignore[misc]
    """A picture, a name and the optics for each channel; the first few of many."""

    def __init__(self) -> None:
        super().__init__()
        identify(self, "psf_pictures", "Pictures of the PSFs", "The PSFs along x and z, by the root of their light.")
        part(self, "plain")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._shown: list[tuple[Any, str]] = []
        self._rows: list[QWidget] = []
        self.setVisible(False)

    def show_runs(self, runs: Sequence[ChannelRun]) -> None:
        """Show the PSFs of some runs; the same ones again change nothing."""
        now = [(run.plan.psf, run.image.name) for run in runs]
        same = len(now) == len(self._shown) and all(
            psf is known and name == other for (psf, name), (known, other) in zip(now, self._shown, strict=True)
        )
        if same:
            return
        self._shown = now
        for row in self._rows:
            take_out(row)
        several = len(runs) > 1
        self._rows = [_row(run, several) for run in runs[:MOST]]
        if len(runs) > MOST:
            self._rows.append(part(QLabel(f"{len(runs) - MOST} more"), "summary"))
        for row in self._rows:
            self._layout.addWidget(row)
        self.setVisible(bool(runs))


def picture_of(psf: PSF) -> QPixmap:
    """Draw a PSF from the side, along x and z; as it is where it has one or two axes."""
    data = psf.data if psf.ndim < 3 else psf.data[:, psf.shape[1] // 2]
    plane = np.atleast_2d(data)
    steps = (psf.spacing[0], psf.spacing[-1]) if psf.ndim > 1 else (1.0, 1.0)
    height, width = plane.shape[0] * steps[0], plane.shape[1] * steps[1]
    colours = _coloured(np.sqrt(np.clip(plane / max(float(plane.max()), 1e-30), 0, 1)))
    image = QImage(colours.tobytes(), plane.shape[1], plane.shape[0], 4 * plane.shape[1], QImage.Format.Format_RGBA8888)
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), SIDE if psf.ndim == 1 else max(1, round(height * scale))
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(*size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))


def optics_words(psf: PSF) -> str:
    """Say of which optics a PSF was made; how wide it is where none are known."""
    info = psf.info
    if info.get("source") == "microscope":
        kind = MODALITIES.get(str(info.get("modality")), "")
        emission = f"{1000 * float(info['emission_um']):.0f} nm" if "emission_um" in info else ""
        return ", ".join(
            word for word in (kind.capitalize(), f"NA {float(info['numerical_aperture']):.4g}", emission) if word
        )
    return str(info.get("source") or "measured").capitalize()


def _coloured(plane: NDArray[Any]) -> NDArray[np.uint8]:
    from napari.utils.colormaps import ensure_colormap

    colours = ensure_colormap(COLOURS).map(plane.ravel().astype(np.float32))
    return np.ascontiguousarray((255 * colours).astype(np.uint8).reshape(*plane.shape, 4))


def _row(run: ChannelRun, several: bool) -> QWidget:
    psf = run.plan.psf.middle
    row: QWidget = part(QWidget(), "plain")
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    picture = QLabel()
    picture.setFixedSize(SIDE, SIDE)
    picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
    picture.setPixmap(picture_of(psf))
    picture.setAccessibleName(f"PSF of {run.image.name}")
    layout.addWidget(picture)
    if several:
        dot = QLabel()
        dot.setPixmap(dot_of(run.image))
        layout.addWidget(dot)
        layout.addWidget(part(QLabel(short_name(run.image)), "title"))
    words = part(QElidingLabel(optics_words(psf)), "summary")
    words.setMinimumWidth(10)
    layout.addWidget(words, 1)
    return row
