"""Looks behind a result: what it leaves of the image, how sure it is, and whether the PSF is as wide as the image's."""

from __future__ import annotations

import json
import logging
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.layers.colors import BLUE_ORANGE
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY, beside, psf_layer_data
from napari_deconvolve._napari.layers.results import finished
from napari_deconvolve._napari.layers.source import moved, unused_name
from napari_deconvolve._napari.work.mailbox import Mailbox
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.runner import Runner
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import Cancelled, DeconvolutionError
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.diagnostics.looks import Residual, ResidualLook, TrustLook, TrustMap
from napari_deconvolve.run.engine import Progress
from napari_deconvolve.tuning.psf_width import WARN_AT, WidthCheck, WidthLook

log = logging.getLogger(__name__)

Kind = Literal["residual", "trust", "width"]
NAMES = {"residual": "Residual", "trust": "Trust map", "width": "PSF width"}
WIDE = 4.0  # standard deviations of the residual that are shown
BRIGHT = 0.1  # of the brightest sample: where an estimate says something


@dataclass(frozen=True, slots=True, eq=False)
class LookPlan:
    """All that decides a look.

    Attributes
    ----------
    kind : str
        "residual", "trust" or "width".
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


@dataclass(slots=True, eq=False)
class LookSession:
    """A look that a worker takes; the window only reads."""

    number: int
    plan: LookPlan
    mailbox: Mailbox[Progress] = field(default_factory=Mailbox)
    progress: Progress = field(default_factory=lambda: Progress(0, 1, 0.0, "reading the image"))
    points: tuple[tuple[float, float], ...] = ()
    result: Residual | TrustMap | WidthCheck | None = None
    error: str = ""
    stopped: bool = False
    abandoned: bool = False
    _aborted: Callable[[], bool] = field(default=lambda: False)

    @property
    def continuable(self) -> bool:
        """Never: a look is taken at once."""
        return False

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready; `aborted` tells that napari wants its worker to end."""
        self._aborted = aborted

    def stop(self) -> None:
        """End at once."""
        self.stopped = True

    def abandon(self) -> None:
        """End at once; nobody wants the result."""
        self.stopped = self.abandoned = True

    def free(self) -> None:
        """Let the estimate go."""
        self.plan = replace(self.plan, estimate=None)

    def drive(self) -> Iterator[None]:
        """Look: what the worker runs. No exception leaves it."""
        try:
            job = prepared(self.plan.base, lambda: self.stopped or self._aborted())
            require_memory(job)
            look = self._look(job)
            for self.progress in look:
                self.points = tuple(getattr(look, "points", ()))
                self.mailbox.put(self.progress)
                yield
                if self.stopped:
                    return
            self.result = look.result()
        except Cancelled:
            log.debug("a look was stopped")
        except DeconvolutionError as error:
            self.error = str(error)
        except MemoryError:
            self.error = "There is not enough memory for this look; take a smaller region."
        except Exception as error:
            log.exception("a look failed")
            self.error = f"The look failed unexpectedly ({type(error).__name__}: {error}); the log tells more."

    def _look(self, job: Any) -> Any:
        if self.plan.kind == "width":
            return WidthLook(job)
        if self.plan.kind == "trust":
            return TrustLook(job)
        assert self.plan.estimate is not None
        return ResidualLook(job, self.plan.estimate)


class Looks(QObject):  # type: ignore[misc]
    """Takes looks beside the window, and shows what they found as layers and in words.

    Signals
    -------
    said(text, level)
        Where it stands, and what was found.
    """

    said = Signal(str, str)

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self.runner = Runner(self, make=LookSession)
        self.runner.advanced.connect(self._advanced)
        self.runner.ended.connect(self._ended)
        self.check: WidthCheck | None = None
        self._made: list[weakref.ref[Any]] = []

    @property
    def busy(self) -> bool:
        """Whether a look is on."""
        return self.runner.busy

    @property
    def session(self) -> LookSession | None:
        """The last look."""
        found: LookSession | None = self.runner.session
        return found

    def layers(self) -> list[Any]:
        """Return the layers that looks have made and that are still there."""
        viewer = self._viewer()
        found = [layer() for layer in self._made]
        return [layer for layer in found if viewer is not None and layer in viewer.layers]

    def take(self, kind: Kind, session: Session) -> None:
        """Look behind the result of a run; raise `ParameterError` while another look is on."""
        assert session.latest is not None
        recipe = finished(session.recipe or session.plan.recipe, session.iteration)
        base = replace(session.plan, recipe=recipe, psf=session.psf)
        self.runner.start(
            LookPlan(kind, base, session.latest.estimate, session.plan.name(session.iteration, session.recipe))
        )
        self.said.emit(f"{NAMES[kind]}: reading the image …", "info")

    def check_width(self, plan: Plan) -> None:
        """Try widths of the PSF; raise `ParameterError` while another look is on."""
        self.check = None
        self.runner.start(LookPlan("width", plan))
        self.said.emit(f"{NAMES['width']}: reading the image …", "info")

    def stop(self) -> None:
        """End the look, without a result."""
        if self.busy and self.session is not None:
            self.session.stop()

    def add_better(self, image: Any, spoiled: Any) -> Any:
        """Add the PSF of the width that fits best as a layer."""
        viewer = self._viewer()
        assert viewer is not None
        assert self.check is not None
        name = unused_name(spoiled.name, f"{self.check.best:.2g} × as wide", [layer.name for layer in viewer.layers])
        data, keywords, _ = psf_layer_data(self.check.psf, name)
        if image is not None:
            keywords.update(beside(image, data.shape, keywords["scale"]))
        self.check = None
        return viewer.add_image(data, **keywords)

    def _advanced(self, session: LookSession, progress: Progress) -> None:
        words = progress.stage or f"{progress.done} of {progress.total}"
        self.said.emit(f"{NAMES[session.plan.kind]}: {words}.", "info")

    def _ended(self, session: LookSession) -> None:
        viewer = self._viewer()
        if viewer is None or session.abandoned:
            return
        name = NAMES[session.plan.kind]
        if session.error:
            self.said.emit(session.error, "error")
        elif isinstance(session.result, WidthCheck):
            self.check = session.result
            self.said.emit(*width_words(session.result))
        elif session.result is not None:
            self._show(viewer, session)
            self.said.emit(*look_words(session.plan.name, session.result))
        else:
            self.said.emit(f"{name}: stopped; there is no result.", "info")
        session.free()

    def _show(self, viewer: Any, session: LookSession) -> None:
        """Add the layer of a residual or a trust map."""
        plan, found = session.plan, session.result
        values = found.values if isinstance(found, Residual) else found.relative  # type: ignore[union-attr]
        inner = np.ascontiguousarray(values[plan.base.crop.inner])
        ending = f"{NAMES[plan.kind].lower()} of {plan.name}"
        ours = {"look": plan.kind, "recipe": json.loads(plan.recipe.to_json()), **origin(plan.base.source)}
        layer = viewer.add_image(
            inner,
            name=unused_name(plan.base.source.name, ending, [layer.name for layer in viewer.layers]),
            metadata={KEY: ours},
            **_colors(found, inner),
            **moved(plan.base.source, plan.base.crop.offset),
        )
        self._made.append(weakref.ref(layer))


def look_words(name: str, found: Any) -> tuple[str, Level]:
    """Say what a residual or a trust map tells, and how serious that is."""
    doubts = " ".join(found.words)
    level: Level = "warning" if doubts else "success"
    if isinstance(found, Residual):
        white = f"whiteness {found.whiteness:.2g}, mean square {found.misfit:.2g} of the noise's"
        looks = "" if doubts else " It looks like noise: the blurred estimate explains the image."
        return f"Residual of {name}: {white}.{looks} {doubts}".strip(), level
    bright = found.deviation[found.relative > 0] / np.maximum(found.relative[found.relative > 0], 1e-30)
    strong = found.relative[found.relative > 0][bright > BRIGHT * bright.max(initial=0.0)]
    spread = f"{100 * float(np.median(strong)):.2g} %" if strong.size else "an unknown part"
    said = f"Trust map of {name}: imaged again, bright samples of the estimate would differ by {spread} (median)."
    return f"{said} {doubts}".strip(), level


def width_words(check: WidthCheck) -> tuple[str, Level]:
    """Say what trying widths of the PSF told."""
    if check.warning:
        return check.warning, "warning"
    if not check.told:
        return "The image does not tell how wide its PSF is: it is flat, too dim or too soft for that.", "info"
    best = f"{check.best:.2f} ± {check.uncertainty:.2f} of its width"
    if abs(check.best - 1) >= WARN_AT:
        return f"The best PSF has {best}: that may be chance, so nothing speaks against this one.", "info"
    return f"The PSF is as wide as the image's, as far as can be told (best: {best}).", "success"


def _colors(found: Any, data: FloatArray) -> dict[str, Any]:
    from napari.utils.colormaps import Colormap

    if isinstance(found, Residual):
        colors = Colormap(BLUE_ORANGE, name="blue-white-orange")
        return {"colormap": colors, "contrast_limits": (-WIDE, WIDE)}
    high = float(np.nanpercentile(data, 99)) if np.isfinite(data).any() else 1.0
    return {"colormap": "inferno", "contrast_limits": (0.0, max(high, 1e-6))}
