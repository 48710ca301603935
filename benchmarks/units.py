"""What counts times c change: nothing should, but for the factor c.

    python benchmarks/units.py [case ...]

For every method, stop rule, prior and diagnostic, on 48 x 48 pixels and on 12 spectra of 96 samples, at 100 photons
on a background of 10, as whole counts and with read noise: the largest deviation of estimates and numbers from those of
the counts themselves, over the largest value, for each c; "iterations" where their number differs, the error's name
where there is one. Images are float32 and float64. Where a rule means photons, the gain of the recipe is c, or it is
measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.dark_noise import estimate_dark_noise

FACTORS = (1e-30, 1e-20, 1e-10, 1e-4, 1 / 4095, 1e6, 1e15, 1e30)
BACKGROUND, PEAK = 10.0, 100.0

Numbers = dict[str, Any]  # what has the unit of the counts has a name that ends in "*"
Case = Callable[[NDArray[Any], float], Numbers]


def picture() -> tuple[NDArray[np.float64], NDArray[np.float64], nd.PSF]:
    """Return truth, counts and PSF: points and a ring."""
    y, x = np.mgrid[:48, :48]
    truth = 40.0 * (np.abs(np.hypot(y - 24, x - 22) - 12) < 1.2)
    truth[np.random.default_rng(3).integers(4, 44, (2, 12)).tolist()[0], range(4, 40, 3)] = 600.0
    psf = nd.psf.gaussian(3.5, ndim=2)
    blurred = nd.convolve(truth, psf)
    truth *= PEAK / blurred.max()
    counts = np.random.default_rng(1).poisson(blurred * PEAK / blurred.max() + BACKGROUND).astype(float)
    return truth, counts, psf


def spectra() -> tuple[NDArray[np.float64], nd.PSF]:
    """Return a cube of 3 x 4 spectra and the PSF along its last axis."""
    truth = np.zeros((3, 4, 96))
    for row, line in enumerate(truth.reshape(12, 96)):
        line[[10 + 3 * row, 55, 80 - 2 * row]] = 400.0, 200.0 + 20 * row, 500.0
    psf = nd.psf.gaussian(5.0, ndim=1)
    blurred = nd.convolve(truth, psf)
    return np.random.default_rng(2).poisson(blurred * PEAK / blurred.max() + BACKGROUND).astype(float), psf


TRUTH, COUNTS, PSF = picture()
CAMERA = COUNTS * 1.7 + np.random.default_rng(4).normal(0, 1, COUNTS.shape)  # data without a step
CUBE, LINE = spectra()


def run(image: NDArray[Any], psf: nd.PSF, **settings: Any) -> Numbers:
    """Return all that a run tells."""
    found = nd.deconvolve(image, psf, nd.Recipe(**settings))
    return {
        "estimate*": found.estimate,
        "iterations": found.iterations,
        "gain*": found.gain,
        "background*": found.background,
        "offset*": found.recipe.offset,
        "target": found.recipe.target_fwhm,
        "strength": found.recipe.strength,
        "regularization": found.recipe.regularization,
        "misfit": found.misfit,
        "flux": found.flux_ratio,
        "trace*": found.trace,
        "widths": [one.factor for one in found.found],
        "words": found.words,
    }


def case(**settings: Any) -> Case:
    """Return a case of a picture's run; a setting that is called is given the factor c."""
    return lambda c, factor: run(times(COUNTS, c), PSF, **at(settings, factor))


def camera(**settings: Any) -> Case:
    """Return a case of a run of data without a step."""
    return lambda c, factor: run(times(CAMERA, c), PSF, **at(settings, factor))


def lines(**settings: Any) -> Case:
    """Return a case of a cube's run."""
    return lambda c, factor: run(times(CUBE, c), LINE, **at(settings, factor))


def at(settings: dict[str, Any], factor: float) -> dict[str, Any]:
    """Put the factor into settings that depend on it."""
    return {name: value(factor) if callable(value) else value for name, value in settings.items()}


def times(counts: NDArray[Any], factor: NDArray[Any]) -> NDArray[Any]:
    """Multiply counts by c, in c's precision."""
    return (counts * float(factor)).astype(factor.dtype)


def given(factor: float) -> float:
    """Return the gain of photon counts times c."""
    return factor


def textbook(c: NDArray[Any], factor: float) -> Numbers:
    prior = nd.TotalVariation(0.003)
    how: dict[str, Any] = {"background": BACKGROUND * factor, "prior": prior, "acceleration": DEFAULT_ACCELERATION}
    return {"estimate*": nd.richardson_lucy(times(COUNTS, c), PSF, 20, **how)}


def automatic(c: NDArray[Any], factor: float) -> Numbers:
    return {"estimate*": nd.richardson_lucy(times(COUNTS, c), PSF, "auto", background="auto")}


def filtered(c: NDArray[Any], factor: float) -> Numbers:
    return {"estimate*": nd.wiener(times(COUNTS, c), PSF, background="auto")}


def alternated(c: NDArray[Any], factor: float) -> Numbers:
    estimate, psf = nd.blind_richardson_lucy(times(COUNTS, c), PSF, 4, background=BACKGROUND * factor)
    return {"estimate*": estimate, "psf": psf.data}


def swept(c: NDArray[Any], factor: float) -> Numbers:
    how: dict[str, Any] = {"prior": "tv", "strengths": (0, 3e-3), "background": "auto", "score": True}
    found = nd.sweep(times(COUNTS, c), PSF, (5, 20), truth=TRUTH * factor, **how)
    rows = found.table
    numbers: Numbers = {
        name: [row[name] for row in rows] for name in ("psnr", "ssim", "score", "whiteness", "flux", "iterations")
    }
    numbers["errors*"] = [float(np.sqrt(row["mse"])) for row in rows]
    return numbers | {"estimates*": np.stack(found.estimates), "deviances*": [row.deviance for row in rows]}


def chosen(c: NDArray[Any], factor: float) -> Numbers:
    found = nd.sweep(times(COUNTS, c), PSF, (5, 20, 60), background="auto")
    return {"best": found.best.iterations if found.best else -1, "scores": [row.score for row in found.table]}


def trusted(c: NDArray[Any], factor: float) -> Numbers:
    found = nd.uncertainty_map(times(COUNTS, c), PSF, nd.Recipe(iterations=10), draws=2)
    return {"relative": found.relative, "deviation*": found.deviation, "words": found.words}


def left(c: NDArray[Any], factor: float) -> Numbers:
    image, recipe = times(COUNTS, c), nd.Recipe(iterations=20)
    found = nd.residual(image, PSF, nd.deconvolve(image, PSF, recipe).estimate, recipe)
    numbers: Numbers = {"values": found.values, "whiteness": found.whiteness, "misfit": found.misfit}
    return numbers | {"gain*": found.gain, "words": found.words, "model*": found.model}


def checked(c: NDArray[Any], factor: float) -> Numbers:
    found = nd.check_psf_width(times(COUNTS, c), PSF)
    numbers: Numbers = {"best": found.best, "spread": found.uncertainty, "iterations": found.iterations}
    return numbers | {"between": found.between, "words": (found.warning,)}


def dark(c: NDArray[Any], factor: float) -> Numbers:
    image = times(COUNTS - BACKGROUND, c)
    return run(image, PSF) | {"level*": estimate_background(image + image.max()), "dark*": estimate_dark_noise(image)}


def flat(c: NDArray[Any], factor: float) -> Numbers:
    image = times(np.where(COUNTS > 20, COUNTS, BACKGROUND), c)  # no noise in the dark
    return {"level*": estimate_background(image)}


CASES: dict[str, Case] = {
    "rl, halves": case(),
    "rl, halves, gain given": case(gain=given),
    "rl, halves, plain": case(acceleration=None),
    "rl, halves, float64": case(dtype="float64"),
    "rl, risk": case(stop="risk"),
    "rl, risk, gain given": case(stop="risk", gain=given),
    "rl, thinning": case(stop="thinning", gain=given),
    "rl, discrepancy": case(stop="discrepancy"),
    "rl, discrepancy, gain given": case(stop="discrepancy", gain=given),
    "rl, change": case(stop="change"),
    "rl, 30 iterations": case(iterations=30),
    "rl, sieve": case(iterations=30, target_fwhm=2.0, target_by="smoothing"),
    **{
        f"{name}, 1e-2": case(iterations=20, prior=name, strength=1e-2)
        for name in ("tv", "tikhonov", "good", "hessian")
    },
    "tv, strength auto": case(prior="tv"),
    "hessian, strength auto, 20": case(prior="hessian", iterations=20),
    "rl-gc, gain given": case(method="rl-gc", gain=given),
    "rl-gc": case(method="rl-gc"),
    "wiener": case(method="wiener"),
    "wiener, negative": case(method="wiener", regularization="negative"),
    "wiener, gcv": case(method="wiener", regularization="gcv"),
    "blind, width": case(method="blind"),
    "blind, alternate": case(method="blind", blind="alternate"),
    "richardson_lucy": textbook,
    "richardson_lucy, auto": automatic,
    "wiener()": filtered,
    "blind_richardson_lucy": alternated,
    "sweep, truth": swept,
    "sweep": chosen,
    "uncertainty map": trusted,
    "residual": left,
    "width check": checked,
    "negative values": dark,
    "no noise in the dark": flat,
    "camera, halves": camera(),
    "camera, halves, float64": camera(dtype="float64"),
    "camera, risk": camera(stop="risk"),
    "camera, tv, strength auto": camera(prior="tv"),
    "camera, tv, float64": camera(prior="tv", dtype="float64"),
    "camera, rl-gc": camera(method="rl-gc"),
    "lines": lines(),
    "lines, tv": lines(iterations=20, prior="tv", strength=1e-2),
    "lines, strength auto": lines(prior="tikhonov"),
    "lines, risk": lines(stop="risk"),
    "lines, discrepancy": lines(stop="discrepancy"),
    "lines, wiener": lines(method="wiener"),
    "lines, rl-gc": lines(method="rl-gc", gain=given, iterations=20),
}


def numbers_at(name: str, factor: float, dtype: str) -> Numbers:
    """Return what a case tells of counts times c."""
    return CASES[name](np.asarray(factor, dtype), float(factor))


def deviations(numbers: Numbers, usual: Numbers, factor: float) -> dict[str, float]:
    """Return how far numbers are from the usual ones, over the largest of each; 1 where words differ."""
    found = {}
    for name, value in usual.items():
        other = numbers[name]
        if name == "words" or isinstance(value, str):
            plain = [[word for word in str(one).split() if word.isalpha()] for one in (value, other)]
            found[name] = float(plain[0] != plain[1])
            continue
        one, two = np.asarray(value, np.float64), np.asarray(other, np.float64)
        if one.shape != two.shape:
            found[name] = np.inf
            continue
        two = two / factor if name.endswith("*") else two
        same = np.isnan(one) & np.isnan(two)
        largest = np.max(np.nan_to_num(np.abs(one)), initial=0) or 1.0
        worst = np.max(np.where(same, 0, np.abs(two - one)), initial=0) / largest
        found[name] = np.inf if np.isnan(worst) else float(worst)
    return found


def cell(name: str, factor: float, dtype: str, usual: Numbers) -> str:
    """Return the largest deviation of a case, and of what."""
    try:
        found = deviations(numbers_at(name, factor, dtype), usual, factor)
    except Exception as error:  # what fails is shown beside what deviates
        return type(error).__name__[:12]
    if found.get("iterations"):
        return "iterations"
    worst = max(found, key=lambda one: found[one])
    return "same" if found[worst] == 0 else f"{found[worst]:.0e} {worst.rstrip('*')[:6]}"


def main() -> None:
    wanted = sys.argv[1:] or list(CASES)
    print(f"{'c':30}" + "".join(f"{factor:>14.3g}" for factor in FACTORS))
    for name in wanted:
        for dtype in ("float32", "float64"):
            usual = numbers_at(name, 1.0, dtype)
            cells = [cell(name, factor, dtype, usual) for factor in FACTORS]
            label = name if dtype == "float32" else f"{'':26}f64"
            print(f"{label:30}" + "".join(f"{one:>14}" for one in cells), flush=True)


if __name__ == "__main__":
    main()
