"""The dock "PSF" as tests meet it."""

from __future__ import annotations

from typing import Any

import numpy as np
from docks import AnyDock

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.psf_layers import layer_to_psf

LIMIT = 60_000  # ms that a PSF may take before a test is given up
SPACING = (0.3, 0.1, 0.1)


class Dock(AnyDock):
    """The dock "PSF"."""

    title = "PSF"

    def made(self) -> nd.PSF:
        """Press Make; give the PSF of the new layer."""
        before = list(self.viewer.layers)
        self.click("make")
        self.qtbot.waitUntil(lambda: len(self.viewer.layers) > len(before), timeout=LIMIT)
        (new,) = [layer for layer in self.viewer.layers if layer not in before]
        return layer_to_psf(new)

    def put(self, **values: Any) -> None:
        """Enter numbers, texts and choices, by the fields' names."""
        for name, value in values.items():
            widget = self[name]
            if hasattr(widget, "findText"):
                self.choose(name, value)
            elif isinstance(value, bool):
                widget.setChecked(value)
            elif isinstance(value, str):
                widget.setText(value)
            else:
                widget.setValue(value)

    def text(self, name: str) -> str:
        return str(self[name].text())

    def shown(self, name: str) -> bool:
        return not self[name].isHidden()

    def settle(self, name: str, words: str) -> None:
        """Wait until a label says these words."""
        self.qtbot.waitUntil(lambda: words in self.text(name), timeout=LIMIT)


def add_stack(viewer: Any, name: str = "stack", shape: tuple[int, ...] = (9, 20, 22), **more: Any) -> Any:
    keywords = {"scale": SPACING[-len(shape) :], "units": "um", **more}
    return viewer.add_image(np.random.default_rng(0).random(shape, np.float32), name=name, **keywords)
