"""What the runs of all docks share: they outlive the dock, so that closing it loses neither a run nor a value."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.runner import Runner

S = TypeVar("S")


class DockRuns(QObject, Generic[S]):  # type: ignore[misc]
    """The runs of one dock in one viewer, see `of_viewer`. Subclasses run them, and say where they stand.

    `make` makes a session of a number and a plan.

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

    def __init__(self, viewer: Any, make: Callable[[int, Any], S]) -> None:
        super().__init__()
        self._viewer = weakref.ref(viewer)
        self.values: dict[str, Any] = {}
        self.signature: object = None
        self.text = ""
        self.level: Level = "info"
        self.runner = Runner(self, make=make)
        self.runner.advanced.connect(self._advanced)
        self.runner.ended.connect(self._ended)
        self._input: weakref.ref[Any] | None = None

    @property
    def session(self) -> S | None:
        """The last run."""
        return cast("S | None", self.runner.session)

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return self.runner.busy

    @property
    def gone(self) -> bool:
        """Whether the viewer is."""
        return self._viewer() is None

    def stop(self) -> None:
        """End what goes on."""
        raise NotImplementedError

    def input_layer(self) -> Any | None:
        """Return the layer that the last run began with, if it is still there."""
        return self.there(self._input)

    def _advanced(self, session: S, state: Any) -> None:
        """Show how far a run is."""
        raise NotImplementedError

    def _ended(self, session: S) -> None:
        """Show what came of a run."""
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
