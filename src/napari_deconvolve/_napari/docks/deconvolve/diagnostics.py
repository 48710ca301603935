"""Checks of a result: its residual, its uncertainty, and whether the PSF is as wide as the image's."""

from __future__ import annotations

import json
import weakref
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.kit.theme import BLUE_ORANGE
from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY, beside, psf_layer_data
from napari_deconvolve._napari.layers.source import moved, unused_name
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.runner import Runner
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.diagnostics.camera import CameraReport, camera_of
from napari_deconvolve.run.diagnostics.residual import Residual, residual_of
from napari_deconvolve.run.diagnostics.uncertainty import UncertaintyMap, uncertainty_of
from napari_deconvolve.run.made import Made, about_making, made_of
from napari_deconvolve.run.record import fixed
from napari_deconvolve.tuning.psf_width import WidthSearch
from napari_deconvolve.tuning.results import DIFFERS, WidthCheck
from napari_deconvolve.work import Progress, Work

Kind = Literal["residual", "trust", "width", "camera"]
NAMES = {"residual": "Residual", "trust": "Uncertainty map", "width": "PSF width", "camera": "Camera"}
Found = Residual | UncertaintyMap | WidthCheck | CameraReport
WIDE = 4.0  # standard deviations of the residual that are shown


@dataclass(frozen=True, slots=True, eq=False)
class CheckPlan:
    """All that decides a check.

    Attributes
    ----------
    kind : str
        "residual", "trust", "width" or "camera".
    base : Plan
        Of the run, with the recipe that led to its result.
    estimate : ndarray or None
        Over the crop with its margin.
    name : str
        Of the result: "RL 22".
    """

    kind: Kind
    base: Plan
    estimate: FloatArray | None = None
    name: str = ""

    @property
    def recipe(self) -> Recipe:
        """Of the run."""
        return self.base.recipe


class CheckSession(Task[CheckPlan, Found]):
    """A check that a worker does; the window only reads."""

    noun: ClassVar[str] = "check"
    made: Made | None = None  # by what the result was made

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Widths and scores so far, where widths are compared."""
        search = self.progress.detail
        return tuple(search.points) if isinstance(search, WidthSearch) else ()

    @property
    def result(self) -> Found | None:
        """What it found."""
        return self.value

    def free(self) -> None:
        """Let the estimate go."""
        self.plan = replace(self.plan, estimate=None)

    def _work(self) -> Work[Found]:
        job = prepared(self.plan.base, self.control.cancelled)
        require_memory(job)
        found = yield from self._look(job)
        self.made = made_of(job)
        return found

    def _look(self, job: Job) -> Work[Found]:
        if self.plan.kind == "width":
            return (yield from WidthSearch(job).work())
        if self.plan.kind == "camera":
            return (yield from camera_of(job))
        if self.plan.kind == "trust":
            return (yield from uncertainty_of(job))
        assert self.plan.estimate is not None
        return (yield from residual_of(job, self.plan.estimate))


class Diagnostics(QObject):  # type: ignore[misc]
    """Runs checks beside the window, and shows their results as layers and in words.

    Signals
    -------
    said(text, level)
        Where it stands, and what was found.
    """

    said = Signal(str, str)

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self.runner = Runner(self, make=CheckSession)
        self.runner.advanced.connect(self._advanced)
        self.runner.ended.connect(self._ended)
        self.check: WidthCheck | None = None
        self._made: list[weakref.ref[Any]] = []

    @property
    def busy(self) -> bool:
        """Whether a check is running."""
        return self.runner.busy

    @property
    def session(self) -> CheckSession | None:
        """The last check."""
        found: CheckSession | None = self.runner.session
        return found

    def layers(self) -> list[Any]:
        """Return the layers that checks have made and that are still there."""
        viewer = self._viewer()
        found = [layer() for layer in self._made]
        return [layer for layer in found if viewer is not None and layer in viewer.layers]

    def take(self, kind: Kind, session: Session) -> None:
        """Check the result of a run; raise `ParameterError` while another check is running."""
        assert session.latest is not None
        recipe = fixed(session.recipe or session.plan.recipe, session.iteration).as_found()
        base = replace(session.plan, recipe=recipe, psf=session.psf, maps={})  # the recipe has them by now
        self.runner.start(
            CheckPlan(kind, base, session.latest.estimate, session.plan.name(session.iteration, session.recipe))
        )
        self.said.emit(f"{NAMES[kind]}: reading the image …", "info")

    def check_width(self, plan: Plan) -> None:
        """Try widths of the PSF; raise `ParameterError` while another check is running."""
        self.check = None
        self.runner.start(CheckPlan("width", plan))
        self.said.emit(f"{NAMES['width']}: reading the image …", "info")

    def report_camera(self, plan: Plan) -> None:
        """Look what a whole image tells of its camera; raise `ParameterError` while another check is running."""
        axes = plan.axes
        whole = regions.crop(regions.whole(plan.source.shape), plan.source.shape, (0,) * len(axes), axes)
        self.runner.start(CheckPlan("camera", replace(plan, crop=whole, recipe=Recipe(), start=None, maps={})))
        self.said.emit(f"{NAMES['camera']}: reading the image …", "info")

    def stop(self) -> None:
        """End the check, without a result."""
        if self.busy and self.session is not None:
            self.session.stop()

    def forget(self) -> None:
        """Let the last check go, and what it has found."""
        if not self.busy:
            self.runner.forget()
            self.check = None

    def add_better(self, image: Any, shown: Any) -> Any:
        """Add the PSF of the width that fits best as a layer."""
        viewer = self._viewer()
        assert viewer is not None
        assert self.check is not None
        name = unused_name(shown.name, f"{self.check.best:.2g} × as wide", [layer.name for layer in viewer.layers])
        data, keywords, _ = psf_layer_data(self.check.psf, name)
        if image is not None:
            keywords.update(beside(image, data.shape, keywords["scale"]))
        self.check = None
        return viewer.add_image(data, **keywords)

    def _advanced(self, session: CheckSession, progress: Progress) -> None:
        words = progress.stage or f"{progress.done} of {progress.total}"
        self.said.emit(f"{NAMES[session.plan.kind]}: {words}.", "info")

    def _ended(self, session: CheckSession) -> None:
        viewer = self._viewer()
        if viewer is None or session.abandoned:
            return
        name = NAMES[session.plan.kind]
        if session.error:
            self.said.emit(session.error, "error")
        elif isinstance(session.result, WidthCheck):
            self.check = session.result
            self.said.emit(*width_words(session.result))
        elif isinstance(session.result, CameraReport):
            self.said.emit(*camera_words(session.result))
        elif session.result is not None:
            self._show(viewer, session)
            self.said.emit(*look_words(session.plan.name, session.result))
        else:
            self.said.emit(f"{name}: stopped; there is no result.", "info")
        session.free()

    def _show(self, viewer: Any, session: CheckSession) -> None:
        """Add the layers of a residual or an uncertainty map; the one to look at comes last, on top."""
        plan, found = session.plan, session.result
        ours = {"look": plan.kind, "recipe": json.loads(plan.recipe.to_json()), **about_making(session.made)}
        ours |= origin(plan.base.source)
        for part, values in _layers(found).items():
            inner = np.ascontiguousarray(values[plan.base.crop.inner])
            ending = f"{NAMES[plan.kind].lower()} of {plan.name}{part}"
            layer = viewer.add_image(
                inner,
                name=unused_name(plan.base.source.name, ending, [layer.name for layer in viewer.layers]),
                metadata={KEY: ours},
                visible=not part,
                **_colors(found, inner),
                **moved(plan.base.source, plan.base.crop.offset),
            )
            self._made.append(weakref.ref(layer))


def _layers(found: Any) -> dict[str, FloatArray]:
    """Return what is shown, by what the layers' names end with: of an uncertainty map its parts, and both together."""
    if isinstance(found, Residual):
        return {"": found.values}
    share = found.relative / np.maximum(found.deviation, np.finfo(found.deviation.dtype).tiny)
    return {", noise": found.noise * share, ", blur": found.blur * share, "": found.relative}


def look_words(name: str, found: Any) -> tuple[str, Level]:
    """Say what a residual or an uncertainty map tells, and how serious that is."""
    doubts = " ".join(found.words)
    level: Level = "warning" if doubts else "success"
    if isinstance(found, Residual):
        white = f"whiteness {found.whiteness:.2g}, mean square {found.misfit:.2g} of the noise's"
        looks = "" if doubts else " It looks like noise: the blurred estimate explains the image."
        return f"Residual of {name}: {white}.{looks} {doubts}".strip(), level
    noise, blur, both = (f"{100 * part:.2g} %" for part in found.typical)
    said = (
        f"Uncertainty map of {name}: bright pixels may be off by {both} (median): {noise} by noise, which differs if "
        f"imaged again, and {blur} by blur that is left."
    )
    return " ".join((said, *found.words, found.holds)), level


def camera_words(report: CameraReport) -> tuple[str, Level]:
    """Say what an image tells of its camera."""
    several = len(report.rows) > 1
    said = [f"{f'Channel {row.channel}' if several else NAMES['camera']}: {row.sentence}." for row in report.rows]
    sure = all(row.trusted for row in report.rows)
    return " ".join(said), "success" if sure else "info"


def width_words(check: WidthCheck) -> tuple[str, Level]:
    """Say what trying widths of the PSF told."""
    if check.warning:
        return check.warning, "warning"
    if not check.told:
        return "The image does not tell how wide its PSF is: it is flat, too dim or too soft for that.", "info"
    best = f"{check.best:.2f} ± {check.uncertainty:.2f} of its width"
    if abs(check.best - 1) >= DIFFERS:
        return f"The best PSF has {best}: that may be chance, so nothing speaks against this one.", "info"
    return f"The image agrees with the width of this PSF (best: {best}).", "success"


def _colors(found: Any, data: FloatArray) -> dict[str, Any]:
    from napari.utils.colormaps import Colormap

    if isinstance(found, Residual):
        colors = Colormap(BLUE_ORANGE, name="blue-white-orange")
        return {"colormap": colors, "contrast_limits": (-WIDE, WIDE)}
    high = float(np.nanpercentile(data, 99)) if np.isfinite(data).any() else 1.0
    return {"colormap": "inferno", "contrast_limits": (0.0, max(high, 1e-6))}
