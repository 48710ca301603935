"""Write ``parameters.md``: all parameters of recipes and simulations, from where they are declared."""

from __future__ import annotations

from pathlib import Path

import napari_deconvolve as nd
from napari_deconvolve.recipe.fields import table

PAGE = Path(__file__).parent / "parameters.md"
TEXT = """# Parameters

Each parameter is declared once, and these tables are made from the declarations, by `docs/make_parameters.py`. A name
is the key in a recipe and the keyword in Python; the option on the command line has dashes: `read_noise` is
`--read-noise`. `auto` and `none` are typed as words; in Python they are `"auto"` and `None`.

## Of a run

`nd.Recipe(iterations=20)`, or `napari-deconvolve run --iterations 20`. The strength of a prior follows its name:
`--prior tv:0.01`.

{runs}
## Of a simulation

`nd.simulate(image, psf, photons=100)`, or `napari-deconvolve blur --photons 100`. On the command line `--gaussian`
sets `fwhm`.

{simulations}"""


def text() -> str:
    """Return the page."""
    return TEXT.format(runs=table(nd.Recipe), simulations=table(nd.Simulation))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
