"""A run where people look who look elsewhere: in napari's activity dock, and in a notification at its end."""

from __future__ import annotations

from typing import Any, Protocol

from qtpy.QtCore import QObject

from napari_deconvolve._napari.kit.status import headline
from napari_deconvolve._napari.kit.words import duration
from napari_deconvolve._napari.work.activity import LONG_SECONDS, Activity, notify
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.session import Session

REST_SECONDS = 0.2  # between two looks at a run


class Followed(Protocol):
    """What an announcer knows of the runs."""

    changed: Any

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""

    @property
    def gone(self) -> bool:
        """Whether the viewer is."""

    @property
    def session(self) -> Session | None:
        """The last run."""

    @property
    def which(self) -> str:
        """Which image is at it."""

    @property
    def taken(self) -> float:
        """How long it took, in seconds."""

    def results(self) -> list[Any]:
        """Return the layers that it made."""

    def save(self) -> None:
        """Ask for a file for them."""


class Announcer(QObject):  # type: ignore[misc]
    """Follows the runs of a viewer."""

    def __init__(self, runs: Followed, parent: QObject) -> None:
        super().__init__(parent)
        self._runs = runs
        self._activity = Activity()
        self._soon = Delay(self, REST_SECONDS, self._show)
        runs.changed.connect(self._follow)

    def end(self) -> None:
        """Say the end of a long run."""
        runs, results = self._runs, self._runs.results()
        if not results or runs.taken < LONG_SECONDS or runs.session is None:
            return
        several = len(results) > 1
        name = f"{len(results)} channels" if several else runs.session.plan.source.name
        what = "done" if several else headline(runs.session)
        show: Any = lambda: _show(results)  # noqa: E731 - a slot
        said = f"Deconvolved {name}: {what}, {duration(runs.taken)}."
        notify(said, (("Show result", show), ("Save…", runs.save)))

    def _follow(self) -> None:
        """Show a run a little later, in a turn of the event loop that nobody waits for; take the bar away at once."""
        if self._runs.busy and not self._runs.gone:
            self._soon.begin()
        else:
            self._soon.stop()
            self._activity.end()

    def _show(self) -> None:
        """Show how far the run is."""
        runs, session = self._runs, self._runs.session
        if not runs.busy or session is None or runs.gone:
            return
        done = 0 if session.stage else session.iteration
        self._activity.show(done, max(session.target, 1), f"Deconvolving {runs.which}")


def _show(results: list[Any]) -> None:
    for layer in results:
        layer.visible = True
