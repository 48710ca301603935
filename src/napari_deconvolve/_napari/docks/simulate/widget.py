"""The dock "Blur and noise"."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.comparison.comparison import Comparison
from napari_deconvolve._napari.docks.simulate.checks import SimulationReview, review
from napari_deconvolve._napari.docks.simulate.form import SimulateForm
from napari_deconvolve._napari.docks.simulate.layers import add_gaussian
from napari_deconvolve._napari.docks.simulate.live import LivePreview
from napari_deconvolve._napari.docks.simulate.panel import SIMULATION_RUNS, SimulatePanel
from napari_deconvolve._napari.docks.simulate.runs import SimulationRuns
from napari_deconvolve._napari.docks.simulate.session import SimulationPlan
from napari_deconvolve._napari.docks.simulate.truth import TruthSection
from napari_deconvolve._napari.kit.dock import open_dock
from napari_deconvolve._napari.kit.forms import align_labels
from napari_deconvolve._napari.kit.image_dock import ImageDock
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.announced import Choices, Results
from napari_deconvolve._napari.layers.lineage import add_truth, scale_of, simulation_of
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.errors import ParameterError


class SimulateWidget(ImageDock):
    """Blur an image, let a camera record it, deconvolve that, and see how far from the truth it is."""

    BUSY = SIMULATION_RUNS

    TITLE = "Blur and noise"

    form: SimulateForm
    panel: SimulatePanel
    _runs: SimulationRuns
    _review: SimulationReview

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer, SimulationRuns, SimulateForm(), SimulatePanel())
        self._review = SimulationReview(())
        self._comparison = Comparison(self._viewer, self)
        self.section = TruthSection(self._viewer)
        self.lay_out(self.form, self.panel, self.section, footer=self.panel.footer)
        self._live = LivePreview(self._viewer, self._seen, self._runs.lights, self)
        self.begin()

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._comparison.close()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        super().reset_choices(event)
        if not self.gone:
            self.section.offer(self._layers())

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels of the truth's part too, now that their font is known."""
        super().showEvent(event)
        align_labels(self.section)

    # ---- set-up

    def _take_pair(self, truth: Any | None, measured: Any) -> None:
        self.section.offer(self._layers())  # napari may tell of the new layers only later
        self.section.set_pair(truth, measured)

    def _follow_results(self, result: Any = None) -> None:
        self.section.offer(self._layers())
        self.section.follow_results(result)

    def _layers(self) -> list[Any]:
        return [layer for layer in super()._layers() if "preview" not in our_metadata(layer)]

    def _boxes(self) -> dict[str, LayerBox]:
        section = self.section
        return {"image": self.form.image, "psf": self.form.psf, "truth": section.truth, "result": section.result}

    def _connect(self) -> None:
        super()._connect()
        panel, section = self.panel, self.section
        panel.blink.pressed.connect(self._press_blink)
        panel.blink.released.connect(self._comparison.release)
        panel.preview.toggled.connect(self._live.switch)
        self._live.said.connect(self._runs.say)
        section.deconvolve.connect(lambda: self._try(self._hand_to_deconvolve))
        section.compare.connect(lambda: self._try(self._hand_to_compare))
        for box in (section.truth, section.result):
            box.changed.connect(self._remember)
        self._runs.made.connect(self._take_pair)
        of_viewer(self._viewer, Results).finished.connect(self._follow_results)
        self.follow(self._viewer.dims.events.current_step, section.look)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.section.restyle(colors)

    # ---- looking at the choices

    def _reviewed(self) -> SimulationReview:
        return review(self._viewer, self.form.choices(), self._psfs)

    def _looked(self) -> None:
        self._live.touch()

    def _view_moved(self, event: Any = None) -> None:
        self._live.touch()

    def _seen(self) -> SimulationPlan | str:
        """Return the plan for what is in view, or say why there is none."""
        found = review(self._viewer, self.form.choices(), self._psfs, region=REGIONS[1])
        return found.plan or found.reason

    def _layer_changed(self, event: Any = None) -> None:
        self._runs.lights.clear()
        super()._layer_changed(event)

    # ---- doing

    def _start(self, plan: SimulationPlan) -> None:
        self.panel.preview.setChecked(False)
        choices = self.form.choices()
        self._runs.run(plan, choices.image, choices.psf if plan.psf is not None else None)

    def _press_blink(self) -> None:
        pair = self._runs.input_layer(), self._runs.result_layer()
        self._comparison.set_pairs([pair] if None not in pair else [])
        self._comparison.press()

    def _measured(self) -> tuple[Any, Any | None]:
        """Return the measured layer of the truth, and its PSF; that of a smoothing is made now."""
        measured = self.section.measured()
        recipe = None if measured is None else simulation_of(measured)
        if measured is None or recipe is None:
            raise ParameterError("There is no simulated measurement of the chosen truth; press Run first.")
        psf = of_viewer(self._viewer, Choices).chosen(measured)
        if psf is None and recipe.smooths:
            psf = add_gaussian(self._viewer, recipe, measured)
        if psf is not None:
            of_viewer(self._viewer, Choices).remember(measured, psf)
        return measured, psf

    def _hand_to_deconvolve(self) -> None:
        measured, psf = self._measured()
        open_dock(self._viewer, "Deconvolve").choose_layers(image=measured, psf=psf)
        self._runs.say(f"The dock “Deconvolve” has “{measured.name}” chosen.", "success")

    def _hand_to_compare(self) -> None:
        measured, psf = self._measured()
        truth = self.section.truth.value
        scaled = add_truth(self._viewer, truth, scale_of(truth, measured, list(self._viewer.layers)))
        open_dock(self._viewer, "Compare iterations").choose_layers(image=measured, psf=psf, truth=scaled)
        self._runs.say(f"The dock “Compare iterations” measures the error against “{scaled.name}”.", "success")

    def _show_run(self) -> None:
        self.panel.show_run(self._runs, self._review)
