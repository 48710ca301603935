"""A card with a headline: a star, a few words in bold, a name beside them, and a verdict below."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget
from superqt import QElidingLabel

from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.sheet import BADGE_SIZE, become, part
from napari_deconvolve._napari.kit.theme import Palette

STAR = "★"


class HeadedCard(Card):
    """What a run came to; `beside` stands at the right of the headline."""

    def __init__(self, *beside: QWidget) -> None:
        super().__init__()
        self.badge = part(QLabel(STAR), "badge")
        self.badge.setFixedSize(BADGE_SIZE, BADGE_SIZE)
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        become(self.badge, "state", "right")
        self.title = part(identify(QLabel(""), "outcome", "Outcome", "What the run came to."), "title")
        self.aside = part(QElidingLabel(""), "summary")
        self.verdict = Remarks("verdict")
        head = QHBoxLayout()
        head.setSpacing(8)
        for one, stretch in ((self.badge, 0), (self.title, 0), (self.aside, 1), *((one, 0) for one in beside)):
            head.addWidget(one, stretch)
        self.inside.addLayout(head)
        self.inside.addWidget(self.verdict)

    def show_head(self, title: str, aside: str = "", *, star: bool) -> None:
        """Show what the run is, in a few words."""
        self.badge.setVisible(star)
        if self.title.text() != title:
            self.title.setText(title)
        if self.aside.text() != aside:
            self.aside.setText(aside)
            self.aside.setToolTip(aside)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.verdict.restyle(colors)
