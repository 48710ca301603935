"""A run where people look who look elsewhere: in napari's activity dock, and in a notification at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_deconvolve._napari.kit.status import headline
from napari_deconvolve._napari.kit.words import duration
from napari_deconvolve._napari.work.activity import LONG_SECONDS, Activity, notify

if TYPE_CHECKING:
    from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns


class Announcer(QObject):  # type: ignore[misc]
    """Follows the runs of a viewer."""

    def __init__(self, runs: DeconvolveRuns) -> None:
        super().__init__(runs)
        self._runs = runs
        self._activity = Activity()
        runs.changed.connect(self._show)

    def end(self) -> None:
        """Say the end of a long run."""
        runs, results = self._runs, self._runs.results()
        if not results or runs.taken < LONG_SECONDS or runs.session is None:
            return
        several = len(results) > 1
        name = f"{len(results)} channels" if several else runs.session.plan.source.name
        what = "done" if several else headline(runs.session)
        show: Any = lambda: _show(results)  # noqa: E731 - a slot
        notify(f"Deconvolved {name}: {what}, {duration(runs.taken)}.", (("Show result", show),))

    def _show(self) -> None:
        """Show how far a run is; take the bar away at its end."""
        runs, session = self._runs, self._runs.session
        if not runs.busy or session is None or runs.gone:
            self._activity.end()
            return
        done = 0 if session.stage else session.iteration
        self._activity.show(done, max(session.target, 1), f"Deconvolving {runs.which}")


def _show(results: list[Any]) -> None:
    for layer in results:
        layer.visible = True
