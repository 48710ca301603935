"""The other rules for when to stop, beside the default one: why they are not the default.

    python benchmarks/stop_rules.py [--draws 5]

On the draws of `stopping.py --ndim 2`, background known, no sieve: the error at the iteration that each rule names,
over the least error of any iteration. Mean (worst) of

* halves       the default rule
* risk         the error of the blurred image, deblurred as far as the OTF bears it (`core.risk`)
* kl risk      the unbiased Kullback-Leibler risk of the blurred image, sharpened by nothing
* thinning     photons left out, which judge the rest
* discrepancy  a deviance of one per sample
* change       the deviance falls by less than 2 % in an iteration
"""

from __future__ import annotations

import argparse
from contextlib import closing

import numpy as np
from numpy.typing import NDArray
from phantoms import BACKGROUND, KINDS, Draw, draw
from stopping import MOST, PEAKS, trajectory

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.risk import RiskMeter
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.prepare import prepare

RULES = ("halves", "risk", "kl risk", "thinning", "discrepancy", "change")
PATIENCE = 8  # iterations without a better KL risk after which its first minimum counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=5)
    given = parser.parse_args()
    print(f"{'':16}" + "".join(f"{rule:>15}" for rule in RULES))
    for kind in KINDS:
        for peak in PEAKS:
            some = [ratios(draw(kind, peak, seed)) for seed in range(given.draws)]
            words = (f"{np.mean(column):.3f} ({max(column):.2f})" for column in zip(*some, strict=True))
            print(f"  {kind:10}{peak:4}" + "".join(f"{word:>15}" for word in words), flush=True)


def ratios(one: Draw) -> list[float]:
    """Give each rule's error over the best one's."""
    errors = trajectory(one, MOST[2])
    return [errors[min(chosen(one, rule), len(errors)) - 1] / errors.min() for rule in RULES]


def chosen(one: Draw, rule: str) -> int:
    """Give the number of iterations that a rule names."""
    if rule == "kl risk":
        return divergence_risk(one)[1]
    gain = 1.0 if rule in ("thinning", "discrepancy") else "auto"
    recipe = nd.Recipe(stop=rule, gain=gain, background=BACKGROUND, target_fwhm=0)
    return nd.deconvolve(one.counts, one.psf, recipe).iterations


def divergence_risk(one: Draw, most: int = 0) -> tuple[NDArray[np.float64], int]:
    """Give the unbiased KL risk over iterations, at least `most`, and the first minimum that holds for a while."""
    job = prepare(one.counts, one.psf, nd.Recipe(background=BACKGROUND, target_fwhm=0))
    noise, make = noise_model(job, 0), maker(job)
    meter = RiskMeter(noise, job.psfs[0].data)
    leader = make(noise)
    twin = make(meter.twin, leader)
    risks: list[float] = []
    best = 0
    with closing(leader.blur), closing(twin.blur):
        while len(risks) <= best + PATIENCE or len(risks) < most:
            leader.step()
            twin.step()
            reading = meter.read(leader.model, twin.model)  # phi is calibrated on the run
            risks.append(leader.deviance / noise.data.size + 2 * reading.phi * noise.scale * reading.learnt)
            if risks[-1] < risks[best] and len(risks) <= best + 1 + PATIENCE:
                best = len(risks) - 1
    return np.array(risks), best + 1


if __name__ == "__main__":
    main()
