"""Other programs for deconvolution, each by its own default and by all numbers that a patient user may try.

scikit-image comes with the package. The others take part where they are installed: ``pip install SimpleITK
redlionfish``, ``pip install torch ci-deconvolve`` from Python 3.12 on, and deconwolf's ``dw`` on the path. All take the
same number of threads.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import scipy.fft
import tifffile
from numpy.typing import NDArray
from skimage import restoration

Values = NDArray[np.float64]
ITERATIONS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200)
CI_DEFAULT = 40  # iterations of ci-deconvolve at most: it stops where little changes
STRENGTHS = tuple(float(x) for x in np.logspace(-6, 1, 15))  # of filters, in units of the transfer function


class Method(Protocol):
    """A way to deconvolve: an image in counts and a normalised PSF give an estimate in counts."""

    def __call__(self, image: Values, psf: Values, number: float, /) -> Values:
        """Return the estimate for a number of iterations, or for a strength."""


@dataclass(frozen=True)
class Peer:
    """One method of another program.

    Attributes
    ----------
    run : Method
        Returns the estimate for a number of iterations or a strength.
    default : float
        The number that its first example uses, or its signature where there is none.
    numbers : tuple of float
        The numbers a patient user tries.
    axes : tuple of int
        How many axes its images may have.
    """

    run: Method
    default: float
    numbers: tuple[float, ...] = ITERATIONS
    axes: tuple[int, ...] = (2, 3)

    def estimates(self, image: Values, psf: Values) -> Iterator[tuple[float, Values]]:
        """Yield each number and what it leads to."""
        for number in self.numbers:
            yield number, self.run(image, psf, number)


def installed(threads: int = 1) -> Mapping[str, Peer]:
    """Return the peers that are there, by name; each will use so many threads."""
    found = {
        "scikit-image RL": Peer(_in_scipy(_skimage_rl, threads), 50),
        "scikit-image Wiener": Peer(_in_scipy(_skimage_wiener, threads), 0.1, STRENGTHS),
    }
    if importlib.util.find_spec("SimpleITK"):
        found |= _of_itk(threads)
    if importlib.util.find_spec("RedLionfishDeconv"):
        found["RedLionfish"] = Peer(_in_scipy(_redlionfish, threads), 10, axes=(3,))
    if importlib.util.find_spec("ci_deconvolve") and importlib.util.find_spec("torch"):
        found["ci-deconvolve"] = Peer(_ci_deconvolve(threads), CI_DEFAULT)
    if shutil.which("dw"):
        found["deconwolf"] = Peer(_deconwolf(threads), 50, axes=(3,))
    return found


def taking_part(ndim: int, parts: Iterable[str], threads: int = 1) -> dict[str, Peer]:
    """Return the peers for images of so many axes whose names have one of the parts."""
    there = installed(threads).items()
    return {name: peer for name, peer in there if ndim in peer.axes and any(part in name for part in parts)}


def deconwolf_version() -> dict[str, str]:
    """Return the version of deconwolf by its name, as packages tell theirs; empty where it is not there."""
    if not shutil.which("dw"):
        return {}
    told = subprocess.run(["dw", "--version"], check=False, capture_output=True, text=True).stdout
    return {"deconwolf": told.split()[-1]} if told.strip() else {}


def _in_scipy(method: Method, threads: int) -> Method:
    """Return a method whose transforms are SciPy's, which take one thread unless told."""

    def run(image: Values, psf: Values, number: float, /) -> Values:
        with scipy.fft.set_workers(threads):
            return method(image, psf, number)

    return run


def _skimage_rl(image: Values, psf: Values, number: float, /) -> Values:
    return np.asarray(restoration.richardson_lucy(image, psf, num_iter=int(number), clip=False))


def _skimage_wiener(image: Values, psf: Values, number: float, /) -> Values:
    scale = float(np.max(np.abs(image)))  # its strength is meant for images up to 1
    return np.asarray(restoration.wiener(image / scale, psf, number, clip=False)) * scale


def _of_itk(threads: int) -> dict[str, Peer]:
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    return {
        "SimpleITK RL": Peer(_itk("RichardsonLucyDeconvolution", lambda number: (int(number),)), 1),
        "SimpleITK Landweber": Peer(_itk("ProjectedLandweberDeconvolution", lambda number: (0.1, int(number))), 1),
        "SimpleITK Tikhonov": Peer(_itk("TikhonovDeconvolution", lambda number: (number,)), 0.0, STRENGTHS),
    }


def _itk(name: str, settings: Callable[[float], tuple[float, ...]]) -> Method:
    import SimpleITK

    def run(image: Values, psf: Values, number: float, /) -> Values:
        given = [SimpleITK.GetImageFromArray(part.astype(np.float32)) for part in (image, psf)]
        found = getattr(SimpleITK, name)(*given, *settings(number), True)  # True: the PSF's sum is 1
        return np.asarray(SimpleITK.GetArrayFromImage(found), np.float64)

    return run


def _redlionfish(image: Values, psf: Values, number: float, /) -> Values:
    import RedLionfishDeconv

    run = RedLionfishDeconv.doRLDeconvolutionFromNpArrays
    return np.asarray(run(image, psf, niter=int(number), method="cpu"), np.float64)


def _ci_deconvolve(threads: int) -> Method:
    import torch
    from core.deconvolve_ci import ci_rl_deconvolve

    torch.set_num_threads(threads)

    def run(image: Values, psf: Values, number: float, /) -> Values:
        automatic = number == CI_DEFAULT
        settings = {"convergence": "auto" if automatic else "fixed", "microscope_type": "confocal", "device": "cpu"}
        found = ci_rl_deconvolve(image.astype(np.float32), psf.astype(np.float32), niter=int(number), **settings)
        return np.asarray(found["result"], np.float64)

    return run


def _deconwolf(threads: int) -> Method:
    def run(image: Values, psf: Values, number: float, /) -> Values:
        with tempfile.TemporaryDirectory() as folder:
            names = [str(Path(folder) / f"{name}.tif") for name in ("image", "psf", "result")]
            for name, part in zip(names, (image, psf), strict=False):
                tifffile.imwrite(name, part.astype(np.float32))
            settings = ["--iter", str(int(number)), "--float", "--threads", str(threads)]
            subprocess.run(["dw", *settings, "--out", names[2], *names[:2]], check=True, capture_output=True)
            return np.asarray(tifffile.imread(names[2]), np.float64)

    return run
