"""What a run comes to: the number of iterations and how it was chosen, the curves, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QWidget

from napari_deconvolve._napari.docks.deconvolve.plots import Plots
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.headed import HeadedCard
from napari_deconvolve._napari.kit.segments import Segments
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.remarks import Level


class OutcomeCard(HeadedCard):
    """Shows a run: while it goes on as a preview, then with its verdict.

    Signals
    -------
    switched(place)
        Another channel is to be shown.
    """

    switched = Signal(int)

    def __init__(self, plots: Plots, *below: QWidget) -> None:
        self.channels = Segments("channel", "Channel", "Shows the run of another channel.")
        why = QPushButton("Why?")
        self.why = part(identify(why, "why", "Why", "Shows what was found on the way, and how well it fits."), "link")
        super().__init__(self.channels, self.why)
        self.plots, self.state = plots, Remarks("state")
        self._detail = False  # whether what is said can wait until somebody asks
        self.channels.currentTextChanged.connect(self._switched)
        self.why.setCheckable(True)
        self.why.toggled.connect(self._show_details)
        for widget in (self.state, plots, *below):
            self.inside.addWidget(widget)

    def show_channels(self, names: Sequence[str], shown: int) -> None:
        """Offer the channels of a run that has several."""
        self.channels.offer(names)
        self.channels.setVisible(len(names) > 1)
        if names:
            self.channels.show_text(names[shown])

    def _switched(self, name: str) -> None:
        self.switched.emit(self.channels.findText(name))

    def say(self, text: str, level: Level, *, detail: bool) -> None:
        """Say what came of the run; a `detail` is shown only to who asks why."""
        self._detail = detail
        self.state.say(text, "info" if detail else level)
        self.why.setVisible(detail and bool(text))
        self._show_details()

    def _show_details(self, *_: object) -> None:
        self.state.setVisible(bool(self.state.text()) and (not self._detail or self.why.isChecked()))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        for one in (self.state, self.plots):
            one.restyle(colors)
