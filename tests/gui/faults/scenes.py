"""The docks that run on layers, each with an image, a PSF and a long run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from conftest import Dock, add_image, add_psf, cells

import napari_deconvolve as nd

SPACING = (0.3, 0.1, 0.1)
SHAPE = (6, 24, 28)


class Scene(Dock):
    """A dock, with an image "cells" and a "PSF" chosen, and settings of a run that goes on until it is stopped."""

    def __init__(self, viewer: Any, qtbot: Any, title: str, image: np.ndarray | None = None) -> None:
        self.title = title
        self.given = cells(SHAPE) if image is None else image
        self.psf = nd.psf.gaussian((0.9, 0.3, 0.3)[-self.given.ndim :], SPACING[-self.given.ndim :])
        add_image(viewer, self.given)
        add_psf(viewer, self.psf)
        super().__init__(viewer, qtbot)
        LONG[title](self)

    @property
    def runs(self) -> Any:
        return self.widget._runs

    @property
    def results(self) -> list[Any]:
        """All layers that runs made."""
        return [layer for layer in self.viewer.layers if layer.name.startswith("cells ·")]

    def begin(self) -> None:
        """Start the long run, and wait until it is on its way."""
        self.click("run")
        if self.title == "Blur and noise":  # which is short: it waits after its next step
            self.runs.session.pause()
        else:
            self.wait(lambda: self.results)

    def end(self) -> str:
        """Stop what is still running; return what is said then."""
        if self.runs.busy and self.runs.session.paused:
            self.runs.session.resume()
        elif self["stop"].isEnabled():
            self.click("stop")
        self.wait(lambda: not self.runs.busy)
        self.qtbot.wait(20)
        return " ".join(part for part in (self["state"].text(), self.runs.text) if part)

    def runs_again(self) -> None:
        """Run another image by a few clicks, and compare the result with that of Python."""
        image = cells(SHAPE, seed=9)
        layer = add_image(self.viewer, image, name="fresh")
        add_psf(self.viewer, self.psf, "fresh PSF")
        self.choose("image", layer.name)
        self.choose("psf", "fresh PSF")
        SHORT[self.title](self)
        self.click("run")
        self.wait(lambda: not self.runs.busy)
        made = next(layer for layer in self.viewer.layers if layer.name.startswith("fresh ·"))
        wanted = EXPECTED[self.title](image, self.psf)
        np.testing.assert_allclose(np.asarray(made.data).reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-3)


def _iterations(value: Any) -> Callable[[Scene], None]:
    def put(scene: Scene) -> None:
        scene["iterations"].setText(value) if isinstance(value, str) else scene["iterations"].setValue(value)

    return put


def _swept(image: np.ndarray, psf: nd.PSF) -> np.ndarray:
    return np.stack(nd.sweep(image, psf, (2, 3), background="auto", acceleration="nesterov").estimates)


LONG: dict[str, Callable[[Scene], None]] = {
    "Deconvolve": _iterations(100_000),
    "Compare iterations": _iterations("2, 9000"),
    "Blur and noise": lambda scene: None,
}
SHORT: dict[str, Callable[[Scene], None]] = {
    "Deconvolve": _iterations(3),
    "Compare iterations": _iterations("2, 3"),
    "Blur and noise": lambda scene: None,
}
EXPECTED: dict[str, Callable[[np.ndarray, nd.PSF], np.ndarray]] = {
    "Deconvolve": lambda image, psf: nd.richardson_lucy(image, psf, 3, background="auto", acceleration="nesterov"),
    "Compare iterations": _swept,
    "Blur and noise": nd.convolve,
}
