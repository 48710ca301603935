"""The card that compares results with their inputs: held, behind a curtain, side by side, or along a line."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QHBoxLayout, QLabel

from napari_deconvolve._napari.comparison.comparison import Comparison, State
from napari_deconvolve._napari.comparison.profile_plot import ProfilePlot
from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns
from napari_deconvolve._napari.kit.buttons import push_button
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.forms import Remarks
from napari_deconvolve._napari.kit.segments import Segments
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette

WAYS: dict[State, str] = {"off": "Off", "curtain": "Curtain", "side": "Side by side", "profile": "Profile"}


class CompareCard(Card):
    """Follows a `Comparison` of a viewer; `blink` is the button that is held."""

    def __init__(self) -> None:
        super().__init__()
        title = part(QLabel("Compare"), "title")
        self.blink = push_button(
            "Hold to see the input (H)",
            "blink",
            "Shows the input in place of the result as long as the button, or the key H, is held.",
        )
        part(self.blink, "link")
        self.view = Segments(
            "compare_view",
            "Compare the result with its input",
            "Curtain: drag the line over the picture. Side by side: input left, result right. Profile: both along a "
            "line that can be moved.",
            list(WAYS.values()),
        )
        self.reason, self.plot = Remarks("compare_info"), ProfilePlot()
        self.plot.setVisible(False)
        head = QHBoxLayout()
        head.setSpacing(2)
        for one, stretch in ((title, 1), (self.blink, 0)):
            head.addWidget(one, stretch)
        self.inside.addLayout(head)
        for widget in (self.view, self.reason, self.plot):
            self.inside.addWidget(widget)
        self._comparison: Comparison | None = None

    def follow(self, comparison: Comparison) -> None:
        """Show and change how a comparison compares."""
        self._comparison = comparison
        self.blink.pressed.connect(comparison.press)
        self.blink.released.connect(comparison.release)
        self.view.currentTextChanged.connect(self._choose)
        comparison.changed.connect(self._changed)
        comparison.profiled.connect(self.plot.show_profile)

    def show_runs(self, runs: DeconvolveRuns) -> None:
        """Compare the results of the last runs that are still there, each with its input."""
        pairs: list[tuple[Any, Any]] = runs.pairs()
        if self._comparison is not None:
            self._comparison.set_pairs(pairs)
        self.setVisible(bool(pairs))
        self.view.setVisible(not runs.busy)

    def show_channel(self, place: int) -> None:
        """Draw the profile of another channel."""
        self.plot.set_channel(place)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.reason.restyle(colors)
        self.plot.restyle(colors)

    def _choose(self, text: str) -> None:
        state = next(state for state, word in WAYS.items() if word == text)
        if self._comparison is not None:
            self._comparison.set_state(state)

    def _changed(self, state: State, reason: str) -> None:
        self.view.show_text(WAYS[state])
        self.reason.say(reason, "warning")
        self.plot.setVisible(state == "profile")
