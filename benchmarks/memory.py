"""Peak memory of a run above its image, in bytes per padded sample, each case in a process of its own.

python benchmarks/memory.py
"""

from __future__ import annotations

import subprocess
import sys

CASES = {
    "3D 64x256x256, PSF 31^3": ((64, 256, 256), (31, 31, 31)),
    "2D 2048^2, PSF 65^2": ((2048, 2048), (65, 65)),
}

CHILD = """
import sys
import numpy as np
import napari_deconvolve as nd
from napari_deconvolve.core.operators.blur import Blur

shape, psf_shape, acceleration = {arguments!r}

def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024

psf = nd.psf.gaussian(tuple(n / 4 for n in psf_shape), shape=psf_shape)
image = np.random.default_rng(0).poisson(100, shape).astype(np.float32)
nd.richardson_lucy(image[tuple(slice(0, 24) for _ in shape)], psf, 2, acceleration=acceleration)
box = Blur(psf.data, shape).layout.box
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far; ru_maxrss would even inherit the parent's
before = status("VmRSS")
nd.richardson_lucy(image, psf, 5, background=1.0, acceleration=acceleration)
cost = nd.estimate_cost(shape, psf_shape, acceleration=acceleration)
print((status("VmHWM") - before) / np.prod(box), cost.bytes / np.prod(box))
"""


def main() -> None:
    print(f"{'case':26} {'acceleration':14} measured predicted   (bytes per padded sample)")
    for name, (shape, psf_shape) in CASES.items():
        for acceleration in (None, "biggs-andrews", "nesterov"):
            code = CHILD.format(arguments=(shape, psf_shape, acceleration))
            out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            measured, predicted = map(float, out.split())
            print(f"{name:26} {acceleration or 'none':14} {measured:8.1f} {predicted:9.1f}", flush=True)


if __name__ == "__main__":
    main()
