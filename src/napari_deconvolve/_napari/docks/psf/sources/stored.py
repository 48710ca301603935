"""A PSF that lies in a layer or a file already: it is centred, freed from its pedestal and resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from qtpy.QtWidgets import QFileDialog, QLineEdit

from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel, button, shrink
from napari_deconvolve._napari.kit.forms import beside, identify
from napari_deconvolve._napari.layers.psf_layers import layer_to_psf
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Wanted
from napari_deconvolve.psf.prepare import Center, read_center

CENTER_LABELS = {
    "auto": "Automatic",
    "middle": "Middle sample",
    "peak": "Peak",
    "first": "First sample",
    "index": "Index",
}


@dataclass(frozen=True)
class FromLayer(Wanted):
    """The PSF in a layer."""

    measured = True
    layer: Any
    center: Center = "auto"
    background: float | str = "auto"

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        return Drawn(layer_to_psf(self.layer, center=self.center, background=self.background))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"{self.layer.name} · PSF"


@dataclass(frozen=True)
class FromFile(Wanted):
    """The PSF in a file."""

    measured = True
    path: str
    center: Center = "auto"

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        from napari_deconvolve.psf.files import load

        return Drawn(load(Path(self.path), center=self.center))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"{Path(self.path).name.split('.')[0]} · PSF"


class StoredPanel(SourcePanel):
    """Layer or file, and how it is prepared."""

    keys = ("layer", "file")
    second = "own_spacing"
    calculated = False
    above = True
    failing: ClassVar[dict[str, str]] = {"file": "path"}

    def build(self) -> None:
        """Make the fields."""
        self.layer = self.add_layer("layer", "Layer", "The layer that holds the PSF.")
        self.message("layer")
        self._build_file()
        self.message("path")
        words = (
            "Where the PSF's centre is: found from its bright core (between samples, too), the middle sample, "
            "the highest sample, the first one for a response that begins at once, or an index."
        )
        self.center = self.add_choice("center", "Centre", CENTER_LABELS, words, "auto")
        self.index = self.add(
            "center_index", "Index", QLineEdit("0"), "The centre: one index per axis, with commas between.", "0"
        )
        self.message("center_index")
        self.background = self.add(
            "background",
            "Background",
            QLineEdit("Auto"),
            "Pedestal to take off, in grey values; Auto finds it in the corners.",
            "Auto",
        )
        self.message("background")

    def _build_file(self) -> None:
        self.path = QLineEdit()
        self.path.setPlaceholderText("TIFF, OME-TIFF, NPY or CSV")
        words = "Choose the file with the PSF."
        browse = button("browse", "Browse…", words, self._browse, label="Browse for a file")
        identify(self.path, "path", "File with the PSF", "TIFF, OME-TIFF, NPY or CSV file.")
        shrink(self.path)
        self._fields["path"] = (self.path, "")
        self.path.textChanged.connect(lambda _: self._edited("path"))
        self.place("path", "File", beside(self.path, browse))

    def wanted(self, place: Place) -> Wanted:
        """Return what the fields ask for."""
        if self.source == "file":
            return FromFile(self._path, self._center())
        return FromLayer(self.layer.value, self._center(), self._background())

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        found = self._file_problems() if self.source == "file" else self._layer_problems(place)
        if isinstance(self._center(), str) and self.center.currentData() == "index":
            found["center_index"] = f"The index is {self.index.text()!r}; give one number per axis, such as 0 or 12,12."
        return found

    def look(self, place: Place) -> None:
        """Show the fields that matter now."""
        for name in ("layer", "background"):
            self.show_row(name, self.source == "layer")
        self.show_row("path", self.source == "file")
        self.show_row("center_index", self.center.currentData() == "index")

    def take_image(self, place: Place) -> None:
        """Offer the layers; what was chosen stays chosen."""
        chosen = self.values.get("layer")
        if not any(layer is chosen for layer in place.layers):
            self.values.pop("layer", None)
            chosen = likely_psf(place.layers, place.image, place.siblings)
        self.layer.fill(place.layers, chosen)

    @property
    def _path(self) -> str:
        return str(self.path.text()).strip()

    def _file_problems(self) -> dict[str, str]:
        if not self._path:
            return {"path": "Choose the file that holds the PSF."}
        if Path(self._path).is_file():
            return {}
        there = Path(self._path).exists()
        return {"path": "This is a folder; choose a file in it." if there else "There is no such file."}

    def _layer_problems(self, place: Place) -> dict[str, str]:
        found: dict[str, str] = {}
        layer = self.layer.value
        if layer is None:
            found["layer"] = "There is no image layer; load the PSF first."
        elif layer is place.image:
            found["layer"] = "This is the image itself; choose the layer that holds its PSF."
        try:
            self._background()
        except ValueError:
            found["background"] = f"The background is {self.background.text()!r}; give a number, or Auto."
        return found

    def _center(self) -> Center:
        """Return the centre; "index" where the one that was typed is none."""
        chosen = str(self.center.currentData())
        if chosen != "index":
            return chosen
        found = read_center(self.index.text().strip())
        return "index" if found is None or isinstance(found, str) else found

    def _background(self) -> float | str:
        text = self.background.text().strip()
        return "auto" if text.lower() in ("", "auto") else float(text)

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a PSF", self.path.text(), "PSFs (*.tif *.tiff *.npy *.csv *.txt);;All files (*)"
        )
        if path:
            self.path.setText(path)


def likely_psf(layers: Sequence[Any], image: Any | None, channels: Sequence[Any] = ()) -> Any | None:
    """Guess which layer holds a PSF or beads: by its name, else any but the image and its other channels."""
    own = (image, *channels)
    others = [layer for layer in layers if not any(layer is one for one in own)]
    named = [layer for layer in others if "psf" in layer.name.lower() or "bead" in layer.name.lower()]
    return (named or others or [image])[0]
