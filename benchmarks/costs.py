"""Memory of runs over what is predicted for them, each in a process of its own.

    python benchmarks/costs.py [part of a case's name]

The peak is of resident memory, beyond what the process holds before the run, the image included. Settings are those of
`RECIPES`: numbers that are given, a background that is found, and with the search for the number of iterations.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

CASES: dict[str, tuple[tuple[int, ...], Any]] = {
    "2D 900 x 700": ((900, 700), (25, 25)),
    "2D 2048 x 2048": ((2048, 2048), (65, 65)),
    "3D 32 x 192 x 192": ((32, 192, 192), (21, 25, 25)),
    "3D 64 x 256 x 256": ((64, 256, 256), (31, 31, 31)),
    "TYX 20 x 512 x 512": ((20, 512, 512), (25, 25)),
    "TZYX 4 x 24 x 160 x 160": ((4, 24, 160, 160), (15, 21, 21)),
    "CZYX 3 x 24 x 160 x 160": ((3, 24, 160, 160), ((15, 21, 21), (15, 23, 23), (15, 25, 25))),
    "cube 150 x 150 x 400": ((150, 150, 400), (21,)),
}
TEXTBOOK = {"background": 10.0, "offset": 0.0, "read_noise": 0.0, "gain": 1.0, "defects": "keep", "target_fwhm": 0.0}
RECIPES: dict[str, dict[str, Any]] = {
    "all given": {"iterations": 6, **TEXTBOOK},
    "no background": {"iterations": 6, "background": 0.0},
    "number given": {"iterations": 6},
    "automatic": {},
}
CHILD = """
import gc
import warnings
import numpy as np
from scipy import ndimage
import napari_deconvolve as nd
from napari_deconvolve.run.cost import recipe_cost

shape, psfs, settings = {arguments!r}

def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024

warnings.simplefilter("ignore")
many = not isinstance(psfs[0], int)
kernels = [nd.psf.gaussian(tuple(n / 5 for n in one), shape=one) for one in (psfs if many else [psfs])]
psf, axes = kernels if many else kernels[0], kernels[0].data.ndim
random = np.random.default_rng(0)
light = np.zeros(shape, np.float32)
light.flat[random.integers(0, light.size, light.size // 300)] = 3000
light = ndimage.gaussian_filter(light, [0] * (len(shape) - axes) + [n / 12 for n in kernels[0].shape])
image, recipe = random.poisson(light + 10).astype(np.uint16), nd.Recipe(**settings)
nd.deconvolve(image[tuple(slice(0, min(n, 24)) for n in shape)], psf, recipe)  # libraries are loaded
del light
gc.collect()
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = status("VmRSS")
found = nd.deconvolve(image, psf, recipe)
cost = recipe_cost(recipe, shape, [one.shape for one in kernels] if many else kernels[0].shape)
print(status("VmHWM") - before, cost.bytes, found.iterations)
"""


def main() -> None:
    wanted = " ".join(sys.argv[1:])
    print(f"{'case':26}{'settings':15}{'iterations':>11}{'peak/MB':>9}{'predicted/MB':>14}  predicted over peak")
    for name, (shape, psfs) in CASES.items():
        for settings, given in RECIPES.items():
            if wanted in name:
                program = CHILD.format(arguments=(shape, psfs, given))
                run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
                peak, predicted, iterations = map(int, run.stdout.split())
                numbers = f"{iterations:11}{peak / 1e6:9.1f}{predicted / 1e6:14.1f}{predicted / peak:8.2f}"
                print(f"{name:26}{settings:15}{numbers}", flush=True)


if __name__ == "__main__":
    main()
