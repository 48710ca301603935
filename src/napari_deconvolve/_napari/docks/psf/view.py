"""The live view of a PSF: its central sections, its profiles with their widths, and what it passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.fields import ChoiceField
from napari_deconvolve._napari.docks.psf.heights import BRIGHTNESS, DECADES, ROOT
from napari_deconvolve._napari.docks.psf.otf_plot import OTFPlot
from napari_deconvolve._napari.docks.psf.profile_plot import ProfilePlot, restyle_plot
from napari_deconvolve._napari.docks.psf.slices import Slices
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.segments import Segments
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve.psf import PSF

PICTURES_WIDTH = 338  # pixels of the sections, where the plots stand beside them
UNBOUNDED = 16_777_215  # Qt's largest size
TALL, LOW = 170, 96  # pixels: height of a plot in one column, and its least height in two
SPACING = 16


class PSFView(QWidget):  # type: ignore[misc]
    """One column, or two where there is room: the sections xy and xz; profiles along each axis and the transfer.

    Attributes
    ----------
    channel : Segments
        Of which channel the PSF is shown; hidden where there is one.
    brightness : ChoiceField
        How the sections are drawn.
    log_scale : QCheckBox
        Whether the plots are logarithmic.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._psf: PSF | None = None
        self._image_spacing: tuple[float, ...] | None = None
        self._palette: Palette | None = None
        self._make_fields()
        self._slices, self._profile, self._otf = Slices(), ProfilePlot(), OTFPlot()
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACING)
        self._sections = self._pictures()
        self._layout.addWidget(self._sections, 0)
        self._layout.addWidget(self._plots(), 1)
        self.arrange(False)

    def _make_fields(self) -> None:
        self.channel = Segments("view_channel", "Channel", "The channel whose PSF is shown.")
        self.channel.hide()
        self.brightness = ChoiceField("brightness")
        tip = "How the sections are drawn: square root and logarithmic show faint light that linear does not."
        identify(self.brightness, "brightness", "Brightness", tip)
        self.brightness.fill([(text, text) for text in BRIGHTNESS], ROOT)
        self.brightness.currentIndexChanged.connect(self._draw)
        self.log_scale = QCheckBox("Log")
        tip = f"Draw profiles and transfer on a logarithmic scale over {DECADES} powers of ten: it shows faint tails."
        identify(self.log_scale, "log_scale", "Logarithmic plots", tip)
        self.log_scale.toggled.connect(self._draw)
        self._widths, self._limits = _words("widths"), _words("limits")

    def _pictures(self) -> QWidget:
        self._below = QVBoxLayout()
        self._below.setSpacing(4)
        label = QLabel("Brightness")
        label.setBuddy(self.brightness)
        self._bright = _row(label, (self.brightness, 1))
        self._row = _row((self._bright, 1))
        return _column(_row(_title("PSF"), None, self.channel), self._slices, self._row, self._below)

    def _plots(self) -> QWidget:
        profile = _row(_title("Profile"), (self._widths, 1), self.log_scale)
        passing = _row(_title("Transfer (OTF)"), (self._limits, 1))
        self._heads = (profile, passing)
        return _column(profile, (self._profile, 1), passing, (self._otf, 1))

    def add_below(self, beside: QWidget, below: QWidget) -> None:
        """Put a widget beside the brightness, and one below it."""
        self._row.layout().addWidget(beside)
        self._below.addWidget(below)

    def show_psf(self, psf: PSF | None, *, image_spacing: Sequence[float] | None = None) -> None:
        """Draw a PSF, for an image of this spacing in the PSF's unit; None empties the view."""
        self._psf = psf
        self._image_spacing = None if image_spacing is None else tuple(image_spacing)
        self._draw()

    def show_channels(self, names: Sequence[str], chosen: str) -> None:
        """Offer channels, one of them chosen; fewer than two hide the switch."""
        self.channel.setVisible(len(names) > 1)
        if len(names) > 1:
            self.channel.offer(names)
            self.channel.show_text(chosen)

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self._slices.restyle(palette)
        for widget in (self._profile, self._otf):
            widget.setBackground(palette.background)
            restyle_plot(widget.getPlotItem(), palette)
        self._draw()

    def arrange(self, beside: bool) -> None:
        """Put sections and plots beside each other, or below each other."""
        directions = QBoxLayout.Direction
        self._layout.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
        self._sections.setMinimumWidth(PICTURES_WIDTH if beside else 0)
        self._sections.setMaximumWidth(PICTURES_WIDTH if beside else UNBOUNDED)
        for plot in (self._profile, self._otf):
            plot.setMinimumHeight(LOW if beside else TALL)
            plot.setMaximumHeight(2 * TALL if beside else TALL)
            ways = QSizePolicy.Policy
            plot.setSizePolicy(ways.Expanding, ways.Ignored if beside else ways.Fixed)

    def _draw(self, *_: Any) -> None:
        psf = self._psf
        for widget in (self._widths, self._profile, self._limits, self._otf, self.log_scale, *self._heads):
            widget.setVisible(psf is not None)
        flat = psf is None or psf.ndim == 1
        self._slices.setVisible(not flat)
        self._bright.setVisible(not flat)
        if psf is None or self._palette is None:
            self._widths.setText("")
            self._limits.setText("")
            self._profile.empty()
            return
        if not flat:
            self._slices.show_psf(psf, str(self.brightness.currentData()))
        log = self.log_scale.isChecked()
        self._widths.setText(self._profile.show_psf(psf, log, self._palette))
        self._widths.setAccessibleName(self._profile.accessibleDescription())
        self._limits.setText(self._otf.show_psf(psf, self._image_spacing, log, self._palette))
        self._limits.setAccessibleName(self._otf.accessibleDescription())
        self._limits.setToolTip(self._otf.accessibleDescription())


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _title(text: str) -> QLabel:
    label: QLabel = part(QLabel(text), "title")
    return label


def _row(*widgets: QWidget | tuple[QWidget, int] | None) -> QWidget:
    """Put widgets beside each other; None is an empty stretch, and a number how much of the width one takes."""
    holder: QWidget = part(QWidget(), "plain")
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for one in widgets:
        if one is None:
            layout.addStretch(1)
        else:
            layout.addWidget(*(one if isinstance(one, tuple) else (one,)))
    return holder


def _column(*parts: QWidget | QVBoxLayout | tuple[QWidget, int]) -> QWidget:
    """Put parts below each other; a layout takes the rest."""
    holder: QWidget = part(QWidget(), "plain")
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for one in parts:
        if isinstance(one, QVBoxLayout):
            layout.addLayout(one, 1)
        else:
            layout.addWidget(*(one if isinstance(one, tuple) else (one,)))
    return holder
