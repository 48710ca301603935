"""Write a simulated cell, its truth and its PSF as files that the command line can take.

    python examples/simulate_a_cell.py

makes cell.ome.tif, truth.ome.tif and psf.ome.tif in the working folder.
"""

import napari_deconvolve as nd
from napari_deconvolve import io, phantoms


def main() -> None:
    cell = phantoms.cell()
    io.write_image("cell.ome.tif", cell.counts, spacing=cell.spacing, units="um", name="simulated cell")
    io.write_image("truth.ome.tif", cell.truth, spacing=cell.spacing, units="um", name="truth")
    nd.psf.save(cell.psf, "psf.ome.tif")
    print(f"cell.ome.tif: {cell.counts.shape}, {cell.counts.max()} counts at most, {cell.background:g} of background")


if __name__ == "__main__":
    main()
