"""Richardson-Lucy: maximum likelihood for photon counts, with or without a prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from napari_deconvolve.core.algorithms.batch import BatchRichardsonLucy
from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.operators.batch_blur import BatchBlur
from napari_deconvolve.core.priors.prior import PRIORS, make_prior
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.data import batch_model
from napari_deconvolve.job.device import on_device
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import BatchIteration, Method
from napari_deconvolve.recipe.method import METHODS, TUNED


class RichardsonLucyMethod(Method):
    """Richardson-Lucy (Richardson 1972, J. Opt. Soc. Am. 62:55; Lucy 1974, Astron. J. 79:745)."""

    name: ClassVar[str] = "rl"
    label: ClassVar[str] = "Richardson-Lucy"
    short: ClassVar[str] = "RL"
    meaning: ClassVar[str] = "Richardson-Lucy"
    noun: ClassVar[str] = "the Richardson-Lucy algorithm"
    rank: ClassVar[int] = 0
    fields: ClassVar[frozenset[str]] = TUNED | {"device"}
    exact: ClassVar[bool] = True
    compares: ClassVar[bool] = True
    takes_tiles: ClassVar[bool] = True

    def short_name(self, recipe: Mapping[str, Any]) -> str:
        """Return the prior's short name where there is one: "TV"."""
        prior = str(recipe.get("prior"))  # None and "auto" are names of none
        return PRIORS[prior].short if prior in PRIORS else self.short

    def iteration(self, job: Job, item: int, noise: PoissonData | None = None) -> Iteration:
        """Return the iteration over one item."""
        return on_device(job, item, noise) or richardson_lucy(job, item, noise=noise)

    def batches(self, job: Job) -> bool:
        """Return True for lines whose number of iterations is known and that begin within the image."""
        recipe = job.recipe
        inside = job.start is None or job.start.shape[1:] == job.frame
        return inside and not (recipe.automatic and not STOP_RULES[recipe.stop].searches)

    def batch(self, job: Job, items: Sequence[int]) -> BatchIteration:
        """Return the iteration over several lines of one channel."""
        recipe, boundary, kernel = job.recipe, as_boundary(job.recipe.boundary), job.kernel(job.channel(items[0]))
        return BatchRichardsonLucy(
            BatchBlur(kernel, job.frame, boundary, job.dtype, cancelled=job.cancelled),
            batch_model(job, items),
            start=None if job.start is None else job.start[list(items)],
            acceleration=recipe.acceleration,
            prior=make_prior(recipe.named_prior, recipe.usual_strength),
            spacing=job.psfs[0].spacing,
            sieve=job.sieve,
        )

    def checkpoint(self, iteration: Iteration | BatchIteration) -> FloatArray | None:
        """Return the estimate over its whole domain, before the sieve."""
        return iteration.domain_estimate() if isinstance(iteration, RichardsonLucy) else None


METHODS.add(RichardsonLucyMethod())
