"""What the runs of all docks share: they outlive the dock, so that closing it loses neither a run nor a value."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.remarks import Level


class DockRuns(QObject):  # type: ignore[misc]
    """The runs of one dock in one viewer, see `of_viewer`. Subclasses run them, and say where they stand.

    Parameters
    ----------
    viewer : napari.Viewer
        In which results are shown.

    Attributes
    ----------
    values : dict
        What the dock remembers.
    signature : object
        Of the form's settings at the last run: others cannot continue it.
    text, level : str
        The words of the state line, and how serious they are.

    Signals
    -------
    changed()
        There is something new to say: the text, or what can be done.
    """

    changed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = weakref.ref(viewer)
        self.values: dict[str, Any] = {}
        self.signature: object = None
        self.text = ""
        self.level: Level = "info"

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        raise NotImplementedError

    def stop(self) -> None:
        """End what is going on."""
        raise NotImplementedError

    def say(self, text: str, level: Level = "info") -> None:
        """Set the words of the state line."""
        self.text, self.level = text, level
        self.changed.emit()

    def fail(self, error: str, kept: str = "") -> None:
        """Say why a run ended, and what is kept of it, in the state line; why, in a notification too."""
        from napari.utils.notifications import show_error

        self.say(error + kept, "error")
        show_error(error)

    def there(self, layer: weakref.ref[Any] | None) -> Any | None:
        """Return a layer if it is still in the viewer."""
        found, viewer = None if layer is None else layer(), self._viewer()
        return found if viewer is not None and found in viewer.layers else None
