"""What ``napari-deconvolve run`` says when it is done, in one line."""

from __future__ import annotations

import math

import numpy as np

from napari_deconvolve.run.result import Result


def summary(output: str, result: Result, seconds: float, begun: str) -> str:
    """Return one line: the iterations, the values found from the image, and the time."""
    found = np.atleast_1d(np.asarray(result.background, float))
    background = f"{found[0]:.4g}" if len(found) == 1 else f"{found.min():.4g} to {found.max():.4g}"
    lost = "; .npy keeps no spacing and no recipe" if output.lower().endswith(".npy") else ""
    return (
        f"{output}: {_done(result)}{begun}, background {background}{_dark(result)}, deviance {result.trace[-1]:.4g}, "
        f"{_measured(result)}{seconds:.1f} s{lost}"
    )


def _done(result: Result) -> str:
    """Return how many iterations were done, and how they were chosen."""
    return result.recipe.traits.summary(result.recipe.to_dict(), result.iterations) + _chosen(result)


def _chosen(result: Result) -> str:
    """Return which settings were chosen from the image."""
    if not result.choices:
        return ""
    sieves = sorted({choice.sieve for choice in result.choices if choice.sieve})
    sieve = f", sieve of {', '.join(f'{one:g}' for one in sieves)} PSF widths" if sieves else ""
    return f" chosen from the data{sieve}"


def _dark(result: Result) -> str:
    """Return the noise left by a background that was subtracted before."""
    found = result.recipe.dark_noise
    return f" (subtracted before: dark noise as of {found:.3g} counts)" if not isinstance(found, str) and found else ""


def _measured(result: Result) -> str:
    """Return gain and misfit where the gain is known, and the flux ratio."""
    known = "" if math.isnan(result.gain) else f"{result.gain:.3g} counts per photon, misfit {result.misfit:.3g}, "
    return known + ("" if math.isnan(result.flux_ratio) else f"flux ratio {result.flux_ratio:.3g}, ")
