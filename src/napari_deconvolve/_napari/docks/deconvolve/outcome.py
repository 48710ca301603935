"""What a run comes to: the number of iterations and how it was chosen, the curves, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from superqt import QElidingLabel

from napari_deconvolve._napari.docks.deconvolve.plots import Plots
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.segments import Segments
from napari_deconvolve._napari.kit.sheet import BADGE_SIZE, become, part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.remarks import Level

STAR = "★"


class OutcomeCard(Card):
    """Shows a run: while it goes on as a preview, then with its verdict.

    Signals
    -------
    switched(place)
        Another channel is to be shown.
    """

    switched = Signal(int)

    def __init__(self, plots: Plots, *below: QWidget) -> None:
        super().__init__()
        self.plots = plots
        self.badge = part(QLabel(STAR), "badge")
        self.badge.setFixedSize(BADGE_SIZE, BADGE_SIZE)
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        become(self.badge, "state", "right")
        self.title = part(identify(QLabel(""), "outcome", "Outcome", "What the run came to."), "title")
        self.aside = part(QElidingLabel(""), "summary")
        self.channels = Segments("channel", "Channel", "Shows the run of another channel.")
        self.channels.currentTextChanged.connect(self._switched)
        self.verdict, self.state = Remarks("verdict"), Remarks("state")
        why = QPushButton("Why?")
        self.why = part(identify(why, "why", "Why", "Shows what was found on the way, and how well it fits."), "link")
        self.why.setCheckable(True)
        self.why.toggled.connect(self._show_details)
        self._detail = False  # whether what is said can wait until somebody asks
        head = QHBoxLayout()
        head.setSpacing(8)
        parts = ((self.badge, 0), (self.title, 0), (self.aside, 1), (self.channels, 0), (self.why, 0))
        for one, stretch in parts:
            head.addWidget(one, stretch)
        self.inside.addLayout(head)
        for widget in (self.verdict, self.state, plots, *below):
            self.inside.addWidget(widget)

    def show_head(self, title: str, aside: str, *, star: bool) -> None:
        """Show what the run is, in a few words."""
        self.badge.setVisible(star)
        if self.title.text() != title:
            self.title.setText(title)
        if self.aside.text() != aside:
            self.aside.setText(aside)
            self.aside.setToolTip(aside)

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
        for one in (self.verdict, self.state, self.plots):
            one.restyle(colors)
