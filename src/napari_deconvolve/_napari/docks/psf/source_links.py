"""The links to other sources than a microscope, and what their forms are called."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part

MICROSCOPE = "microscope"


@dataclass(frozen=True)
class Page:
    """What stands in the column of the form.

    Attributes
    ----------
    name : str
        Of the link, in the program.
    sources : tuple of str
        The sources among which its first field chooses.
    title, link, tip, field : str
        Above the form; the link's words; what it is for; the label of that field.
    """

    name: str
    sources: tuple[str, ...]
    title: str
    link: str
    tip: str
    field: str = "Source"


PAGES = (
    Page(MICROSCOPE, (MICROSCOPE,), "Microscope", "", ""),
    Page("from_beads", ("beads",), "Beads in an image", "From beads in an image…", "Measure the PSF on small beads."),
    Page(
        "from_stored",
        ("layer", "file"),
        "File or layer",
        "From a file or layer…",
        "Take a PSF that is there already.",
        "From",
    ),
    Page(
        "from_shape",
        ("gaussian", "lorentzian", "formula"),
        "Shape or formula",
        "Shape or formula…",
        "Calculate a PSF of a width, or by a formula.",
        "Shape",
    ),
    Page(
        "from_points",
        ("points",),
        "Points and side lobes",
        "Points and side lobes…",
        "Points with weights, as of a 4Pi microscope.",
    ),
)


def page_of(source: str) -> Page:
    """Return the page of a source."""
    return next(page for page in PAGES if source in page.sources)


class SourceLinks(QWidget):  # type: ignore[misc]
    """One link for each page but the microscope's.

    Signals
    -------
    chosen(page)
        A link was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._links: list[QPushButton] = []
        for page in PAGES:
            if page.link:
                link: QPushButton = part(identify(QPushButton(page.link), page.name, page.title, page.tip), "link")
                link.clicked.connect(lambda _checked=False, page=page: self.chosen.emit(page))
                self._links.append(link)
        stack(self, *self._links, spacing=0)
