"""Which plots the card of a run shows: of the run, of a check of the PSF's width, of the camera."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.deconvolve.diagnostics import CheckSession, Diagnostics
from napari_deconvolve._napari.docks.deconvolve.plots import FIT, SCORE, Plots
from napari_deconvolve._napari.docks.deconvolve.transfer_plot import TransferPlot
from napari_deconvolve._napari.docks.deconvolve.width_plot import WidthPlot
from napari_deconvolve._napari.kit.status import curve_words
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.run.diagnostics.camera import CameraReport
from napari_deconvolve.tuning.results import WidthCheck

WIDTHS, TRANSFER = "Width of the PSF", "Photon transfer"


class Curves(Plots):
    """The plots of a run and of the checks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.widths, self.transfer = WidthPlot(), TransferPlot()
        self.add(WIDTHS, self.widths)
        self.add(TRANSFER, self.transfer)
        self._reported: CheckSession | None = None  # the last look at the camera
        self._looked: CheckSession | None = None  # the last check of the PSF's width
        self._drawn: tuple[object, ...] = ()
        self._turn: tuple[object, ...] = ()  # of what the plot in sight was chosen last
        self._runs_plots = [FIT]
        self._single = False

    def show_session(self, session: Session) -> None:
        """Draw what is new: the score while it is looked for, then the fit."""
        search, choice = session.search, session.choice
        curves = tuple(search.curves) if search is not None else ()
        stage = "search" if session.stage else "run"
        new = (id(session), stage, curves, choice, len(session.deviances), session.target)
        if new == self._drawn:
            return
        turn = (id(session), stage, bool(curves))  # of a short search scores may come with the run, and not before
        turned = turn != self._turn
        self._drawn, self._turn = new, turn
        self._runs_plots = [SCORE, FIT] if curves else [FIT]
        self._single = not session.plan.recipe.traits.iterates  # one step is no curve
        self._offer_known()
        names = [curve_words(session, curve) for curve in curves]
        self.score.show_curves(curves, names, choice)
        penalised = (session.plan.recipe.named_prior if choice is None else choice.prior) is not None
        values, name = (session.objectives, "objective") if penalised else (session.deviances, "deviance")
        target = max(session.target, 1)
        chosen = choice.iterations if choice is not None else 0
        self.fit.show_fit(values, target, f"{name}, counts", chosen)
        history = session.history
        kept = () if history is None else range(history.every, history.every * history.count + 1, history.every)
        for plot in (self.score, self.fit):
            plot.show_kept(kept)
        if turned or (stage == "search" and curves):
            self.show_plot(SCORE if curves else FIT)

    def show_look(self, looks: Diagnostics) -> None:
        """Show the widths that were tried, and the photon transfer."""
        session = looks.session
        if session is None:
            return
        if session.plan.kind == "width" and session is not self._looked:
            self._looked = session
            self._offer_known()
            self.show_plot(WIDTHS)
        if session.plan.kind == "camera" and session is not self._reported:
            self._reported = session
            self._offer_known()
            self.show_plot(TRANSFER)
        if session is self._reported:
            self.transfer.show_report(session.result if isinstance(session.result, CameraReport) else None)
        if session is self._looked:
            found = session.result
            best = found.best if isinstance(found, WidthCheck) else 0.0
            points = tuple(zip(found.widths, found.scores, strict=True)) if isinstance(found, WidthCheck) else ()
            self.widths.show_points(points or session.points, best)

    def _offer_known(self) -> None:
        widths, camera = self._looked is not None, self._reported is not None
        self.offer([*self._runs_plots, *([WIDTHS] if widths else []), *([TRANSFER] if camera else [])])
        self.setVisible(not self._single or widths or camera)
