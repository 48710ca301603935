"""Follow a deconvolution step by step, and stop it by a rule of your own.

The rule here ends the run when an iteration lowers the deviance by less than a hundredth. The truth of a simulated
cell is known, so that the error of each estimate can be told as well.
"""

import numpy as np

import napari_deconvolve as nd
from napari_deconvolve import phantoms


def main() -> None:
    cell = phantoms.cell()
    previous = np.inf
    for state in nd.iterate(cell.counts, cell.psf):
        error = np.linalg.norm(state.estimate - cell.truth) / np.linalg.norm(cell.truth)
        print(f"{state.iteration:3d}  deviance {state.deviance:9.0f}  relative error {error:.3f}")
        if state.deviance > 0.99 * previous:
            break
        previous = state.deviance


if __name__ == "__main__":
    main()
